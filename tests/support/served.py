"""What a test adds to the database, and when PostgREST serves it.

PostgREST reads the schema anew after each change, in several queries: one that runs while a change
is committed may know its functions and not its tables. So each name is waited for.
"""

from collections.abc import Sequence

import httpx

from scripts.rig.stacks import RunningStack
from tests.support.waiting import until


def wait_until_served(
    stack: RunningStack, tables: Sequence[str], functions: Sequence[str] = ()
) -> None:
    """Returns once the worker's role may read the tables and call the functions.

    The functions take no arguments and change nothing. A name that another test used before proves
    nothing: PostgREST may know it from then, and forget it a moment later.
    """
    key = f"Bearer {stack.service_role_key}"
    headers = {"apikey": stack.secret_key, "Authorization": key}
    with httpx.Client(base_url=stack.data_api_url, headers=headers, trust_env=False) as http:

        def refusals() -> list[str]:
            # Functions first: the tables of an earlier answer may be those of an older schema.
            # A row is read from a table that PostgREST does not know; to write one it must.
            answers = [http.post(f"/rpc/{function}") for function in functions]
            answers += [http.options(f"/{table}") for table in tables]
            return [f"{each.url}: {each.text}" for each in answers if not each.is_success]

        until(refusals, lambda seen: not seen, "PostgREST serves what was added")
