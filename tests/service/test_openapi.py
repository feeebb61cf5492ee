"""The published OpenAPI, fuzzed over HTTP: what it says is what the service answers, to good and
to bad requests.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, checks, openapi

from scripts.local_supabase.ports import free_port
from service.api import create_app
from service.settings import ApiSettings
from tests.service.conftest import api_settings, bearer
from tests.support.seed import Seed, Seeds

SPEC = create_app(
    ApiSettings(SUPABASE_URL="http://localhost", SUPABASE_PUBLISHABLE_KEY="-")
).openapi()
OPERATIONS = [(path, method) for path, methods in SPEC["paths"].items() for method in methods]
HELD = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
FEW = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def url(stack: Any) -> Iterator[str]:
    """An api that listens: what a client meets, not what a transport in here makes of it."""
    port = free_port()
    config = uvicorn.Config(
        create_app(api_settings(stack, DOSSIER_SERVICE_PORT=port)), port=port, log_level="error"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="module")
def mine(module_seeds: Seeds) -> Seed:
    """What the ids of half the requests name."""
    return module_seeds.full()


def _operation(path: str, method: str) -> Any:
    # Every request here carries a good token; requests without one are in test_tenants.py.
    unlocked = {
        name: held for name, held in SPEC["paths"][path][method].items() if name != "security"
    }
    return openapi.from_dict(SPEC | {"paths": {path: {method: unlocked}}})[path][method]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_openapi__good_requests_are_answered_as_published(
    path: str, method: str, url: str, mine: Seed
) -> None:
    """E-OPS-06: statuses, media types and shapes, half of the requests with ids that are there."""
    known = {f"{name}_id": mine.ids[name] for name in ("project", "document", "job")}

    @FEW
    @given(case=_operation(path, method).as_strategy(), real=st.booleans())
    def ask(case: "Case[Any]", real: bool) -> None:
        if real:
            case.path_parameters.update(
                {name: known[name] for name in case.path_parameters.keys() & known}
            )
        case.call_and_validate(base_url=url, headers=bearer(mine.owner), checks=HELD)

    ask()


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method in OPERATIONS if "{" in path]
)
def test_openapi__bad_requests_are_refused_as_published(
    path: str, method: str, url: str, mine: Seed
) -> None:
    """E-OPS-06: what the schema excludes is refused, with a status that is published and the one
    shape of error.
    """

    @FEW
    @given(case=_operation(path, method).as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def ask(case: "Case[Any]") -> None:
        refused = [*HELD, checks.negative_data_rejection]
        case.call_and_validate(base_url=url, headers=bearer(mine.owner), checks=refused)

    ask()
