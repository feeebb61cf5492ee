"""Rules of this house that no linter knows.

Each yields one line a fault; `scripts/check` fails on any.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.commands.stack import ROOT
from service.generated.contract import VERBS

GENERATED = {
    "service/generated/database_types.py",
    "service/generated/contract.py",
    "supabase/database.types.ts",
}
CODE = {".py", ".sql", ".sh", ".ts", ".mjs"}
# Put together here so that this file does not hold what it forbids.
HOSTS = [
    "registry." + "npmjs",
    "files." + "pythonhosted",
    "deb." + "debian.org",
    "pypi." + "org/simple",
]
WAITING = Path("tests/support/waiting.py")


def tracked() -> list[Path]:
    """Files that git tracks or would track, relative to the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [
        Path(name) for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()
    ]


def leftovers(paths: list[Path]) -> Iterator[str]:
    """No note to self, no machine path, no registry host outside lock files."""
    notes = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    places = re.compile(
        r"(?<![\w.])/(root|home/\w+)/|" + "|".join(re.escape(host) for host in HOSTS)
    )
    for path in paths:
        if path.suffix in {".pdf", ".png", ".jpg"} or path.name.endswith(
            ("uv.lock", "package-lock.json")
        ):
            continue
        for number, line in enumerate((ROOT / path).read_text(errors="replace").splitlines(), 1):
            if path.suffix in CODE and notes.search(line):
                yield f"{path}:{number}: a note left behind"
            if places.search(line):
                yield f"{path}:{number}: a path of a machine or the host of a registry"


def test_habits(paths: list[Path]) -> Iterator[str]:
    """Tests never sleep, but for the one helper that looks again until a condition holds."""
    for path in paths:
        if path == WAITING:
            continue
        if path.parts[0] == "tests" and path.suffix in {".py", ".mjs"}:
            for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
                if re.search(r"\b(time|asyncio|anyio)\.sleep\(|setTimeout\(\s*resolve", line):
                    yield f"{path}:{number}: a sleep in a test; wait for the condition"


def state_in_python(paths: list[Path]) -> Iterator[str]:
    """The database owns state: Python calls verbs and never writes a row's state."""
    for path in paths:
        if path.parts[0] == "service" and path.suffix == ".py":
            text = (ROOT / path).read_text()
            if re.search(
                r"update\s+\S+\s+set\b|\.table\([^)]*\)\s*\.(update|upsert|insert|delete)\(", text
            ):
                yield f"{path}: writes a row itself; state moves by verbs"


def unknown_verbs(paths: list[Path]) -> Iterator[str]:
    """Every verb that Python speaks is in the catalogue, with all arguments it wants and none it
    does not know.
    """
    for path in paths:
        if path.parts[0] != "service" or path.suffix != ".py" or str(path) in GENERATED:
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"call", "on"}
            ):
                yield from (f"{path}:{node.lineno}: {fault}" for fault in _verb_faults(node))


def _verb_faults(node: ast.Call) -> Iterator[str]:
    names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if not names:
        return
    fenced = isinstance(node.func, ast.Attribute) and node.func.attr == "on"
    if names[0] not in VERBS:
        yield f"no verb {names[0]}"
        return
    known, defaults = VERBS[names[0]]
    given = {f"p_{k.arg}" for k in node.keywords} | (
        {"p_task", "p_lease_token"} if fenced else set()
    )
    if None not in {k.arg for k in node.keywords}:
        yield from (
            f"{names[0]} wants {name}"
            for name in known[: len(known) - defaults]
            if name not in given
        )
        yield from (f"{names[0]} does not know {name}" for name in sorted(given - set(known)))


def sql_habits(paths: list[Path]) -> Iterator[str]:
    """A lock timeout in migrations, search_path on every function, no update or delete without
    where.
    """
    for path in paths:
        if path.suffix != ".sql" or path.parts[0] != "supabase":
            continue
        text = _without_comments(path)
        if path.parts[1] == "migrations" and "set local lock_timeout" not in text:
            yield f"{path}: no lock timeout"
        for head in re.findall(r"create (?:or replace )?function.*?\bas \$\$", text, re.DOTALL):
            if "set search_path = ''" not in head:
                yield f"{path}: a function without search_path: {head.split('(')[0].strip()}"
        for statement in re.findall(
            r"\b(?:update|delete from)\s+(?:public|private)\.\w+[^;]*;", text
        ):
            if not re.search(r"\bwhere\b", statement):
                yield f"{path}: update or delete without where: {statement[:60]}"


def declared_twice(paths: list[Path]) -> Iterator[str]:
    """A function and its body stand once, but for what is generated: migrations and rollbacks."""
    by_name: dict[str, Path] = {}
    by_body: dict[str, str] = {}
    for path in paths:
        if path.suffix != ".sql" or path.is_relative_to("supabase/migrations"):
            continue
        if path.is_relative_to("sql/rollback"):
            continue
        for name, body in _functions(_without_comments(path)):
            if name in by_name:
                yield f"{path}: {name} is declared in {by_name[name]} already"
            elif body in by_body:
                yield f"{path}: {name} has the body of {by_body[body]}"
            by_name[name] = path
            by_body[body] = name


def _functions(text: str) -> Iterator[tuple[str, str]]:
    """Name and body, without spaces, of each function that a script makes."""
    made = re.compile(
        r"create (?:or replace )?function ([\w.]+)\s*\(.*?\bas (\$\w*\$)(.*?)\2", re.DOTALL
    )
    for found in made.finditer(text):
        yield found[1], " ".join(found[3].split())


def _without_comments(path: Path) -> str:
    return re.sub(r"--[^\n]*", "", (ROOT / path).read_text())


def missing_paths(paths: list[Path]) -> Iterator[str]:
    """What README and docs name in backticks exists."""
    for path in paths:
        if path.suffix != ".md" or path.name == "CHANGELOG.md":
            continue
        for name in re.findall(
            r"`((?:docs|scripts|service|sql|supabase|tests)/[\w./-]++)(?!<)",
            (ROOT / path).read_text(),
        ):
            if not (ROOT / name.rstrip("/.")).exists():
                yield f"{path}: names {name}, which is not there"


RULES = (
    leftovers,
    test_habits,
    state_in_python,
    unknown_verbs,
    sql_habits,
    declared_twice,
    missing_paths,
)


def faults() -> list[str]:
    """Every fault of every rule."""
    paths = tracked()
    return [fault for rule in RULES for fault in rule(paths)]
