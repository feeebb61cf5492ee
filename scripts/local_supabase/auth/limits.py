"""How often one address may try: [auth.rate_limit] of config.toml.

The address is the one that the proxy in front of Auth names in a header. Without a proxy no address
is known and nobody is limited, as in Auth.
"""

import time
from collections import defaultdict

from scripts.local_supabase.auth.wire import AuthFault, Call

WINDOW_SECONDS = 300
_tries: dict[tuple[str, str], list[float]] = defaultdict(list)


def count_try(call: Call, limit: str, default: int) -> None:
    """Raises 429 over_request_rate_limit; `limit` is a key of [auth.rate_limit]."""
    address = call.request.headers.get("x-forwarded-for", "").partition(",")[0]
    if not address:
        return
    now = time.monotonic()
    tries = _tries[limit, address]
    tries[:] = [moment for moment in tries if moment > now - WINDOW_SECONDS]
    if len(tries) >= call.option("rate_limit", {}).get(limit, default):
        raise AuthFault(429, "over_request_rate_limit", "Request rate limit reached")
    tries.append(now)
