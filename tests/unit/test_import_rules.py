"""The rule of imports: each way to break it on a small tree is named with file and line."""

from pathlib import Path

import pytest

from scripts.commands import import_rules


def faults(tmp_path: Path, **modules: str) -> list[str]:
    """The faults of a checkout that has these modules alone; `__` in a name stands for a folder."""
    for name, source in modules.items():
        file = tmp_path / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return list(import_rules.faults(tmp_path))


def test_imports__of_this_checkout_keep_the_rule() -> None:
    assert list(import_rules.faults()) == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        (
            "service__queue__loop",
            "from service.extraction import prompt",
            "queue imports extraction",
        ),
        ("service__queue__loop", "import service.model.faults", "queue imports model"),
        ("service__queue__loop", "from service import parsing", "queue imports parsing"),
        ("service__http__auth", "from service.documents import upload", "http imports documents"),
        ("service__generated__contract", "from service import log", "generated imports log"),
        ("service__settings", "from service import log", "settings imports log"),
        (
            "service__parsing__wire",
            "from service.extraction import prompt",
            "parsing imports extraction",
        ),
        (
            "service__reading__values",
            "from service.evidence import locate",
            "reading imports evidence",
        ),
        (
            "service__model__client",
            "from service.extraction import prompt",
            "model imports extraction",
        ),
        ("service__jobs__routes", "from service.exports import models", "jobs imports exports"),
        ("service__jobs__routes", "from service import api", "jobs imports api"),
        ("service__jobs__routes", "from ..exports import models", "jobs imports exports"),
        ("service__jobs__routes", "def late():\n    import service.worker", "jobs imports worker"),
        ("service__chat__routes", "", "chat is not in the table"),
        ("service__jobs__routes", "import scripts.commands", "service imports scripts"),
        ("service__worker", "from tests.support import seed", "service imports tests"),
        ("scripts__benches__one", "from tests.support import seed", "scripts imports tests"),
        ("scripts__benches__one", 'F = ROOT / "tests" / "corpus"', "reads tests by path"),
        ("scripts__benches__one", 'F = f"tests/corpus/{1}"', "reads tests by path"),
        (
            "scripts__local_supabase__cli__up",
            "from scripts.commands import stack",
            "imports commands",
        ),
        ("scripts__local_supabase__cli__up", "from ...commands import stack", "imports commands"),
        (
            "scripts__local_supabase__auth__a",
            "from scripts.local_supabase.storage import files",
            "auth imports storage",
        ),
        (
            "scripts__local_supabase__state",
            "from scripts.local_supabase.cli import up",
            "state imports cli",
        ),
        (
            "scripts__local_supabase__database__a",
            "from scripts.local_supabase import cli",
            "database imports cli",
        ),
    ],
)
def test_imports__each_way_to_break_the_rule_is_named(
    module: str, source: str, fault: str, tmp_path: Path
) -> None:
    [told] = faults(tmp_path, **{module: source})
    assert told.startswith(module.replace("__", "/"))
    assert fault in told


def test_imports__what_the_rule_allows_is_no_fault(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        service__worker="from service import jobs, queue, settings",
        service__jobs__routes="from service.http.auth import Caller\nfrom .models import Job",
        service__log='"""tests/ reads this."""\nimport service.settings',
        scripts__local_supabase__stack="from scripts.local_supabase import keys\nimport asyncio",
        scripts__local_supabase__gateway__app="from scripts.local_supabase.auth import routes",
        scripts__commands__up='"""Not tests/ by path."""\nfrom scripts.local_supabase import up',
    )
    assert told == []


def test_table__two_rooms_in_a_circle_are_named() -> None:
    told = list(import_rules.table_faults({"a": "b", "b": "a"}))
    assert told == ["the table: a names b, which does not stand above it"]
