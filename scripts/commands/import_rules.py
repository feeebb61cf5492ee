"""Who may import whom. `scripts/check imports` fails on any other import.

service/ is rooms. The wiring knows them all. A room knows those that the table names for it, which
stand above it: so nothing imports upwards, and no two rooms import each other.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.commands.stack import ROOT

WIRING = {"__main__", "api", "worker"}
# Room -> the rooms that it may import.
ROOMS: dict[str, str] = {
    # Shared. They know no document, no variable and no capability.
    "generated": "",
    "canonical": "",
    "connections": "",
    "metrics": "",
    "settings": "",
    "log": "settings",
    "http": "connections log metrics settings",
    "queue": "connections log metrics",
    # What is printed in a document, where, and what it means.
    "parsing": "canonical queue",
    "reading": "generated",
    "evidence": "generated parsing reading",
    # Those who answer. A model knows no document: extraction asks it about one. The offline
    # extractor answers in its place, in the words of extraction.
    "model": "canonical connections log metrics queue settings",
    "extraction": "canonical generated metrics queue settings parsing reading evidence model",
    "offline": "parsing reading evidence model extraction",
    # Capabilities: routes, and tasks of their own. None knows another.
    "documents": "connections generated http log queue settings parsing",
    "exports": "generated http queue",
    "jobs": "generated http",
    "suggestions": "canonical generated http queue parsing reading model extraction",
    # What is read of a file and made of answers, shown from outside.
    "content": "settings parsing reading model extraction",
}

# Folders of scripts/ that stand alone: what they may import of scripts/ beside themselves.
STANDS_ALONE: dict[str, str] = {"local_supabase": ""}
# Folders of the local Supabase: what each may import beside itself and the modules that all share.
LOCAL_FOLDERS: dict[str, str] = {
    "database": "",
    "auth": "",
    "storage": "",
    "realtime": "",
    "gateway": "auth storage realtime",
    "cli": "database",
}
# What scripts/ may do with tests/: run them, and read what they say of themselves.
KNOWS_TESTS = {
    "scripts/benches/prose.py": "measures the tests as it measures the code",
    "scripts/commands/house_rules.py": "has a rule for tests",
    "scripts/commands/import_rules.py": "names the folder that it forbids",
    "scripts/commands/requirements.py": "reads which requirement each test proves",
    "scripts/commands/test.py": "runs the tests",
}


class Import(NamedTuple):
    """One imported name, with all its dots."""

    line: int
    name: str

    @property
    def parts(self) -> list[str]:
        """The package first."""
        return self.name.split(".")


def _imports(tree: ast.Module, folder: Path) -> Iterator[Import]:
    """What a module in `folder` imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = folder.parts[: len(folder.parts) - node.level + 1] if node.level else ()
            module = ".".join([*here, *filter(None, [node.module])])
            yield from (Import(node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts that are no docstring, with their lines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    for constant in constants:
        if isinstance(constant.value, str) and constant not in docstrings:
            yield constant.lineno, constant.value


def _room_of(path: Path) -> str:
    """The folder or module directly below service/ or scripts/."""
    return Path(path.parts[1]).stem


def table_faults(rooms: Mapping[str, str]) -> Iterator[str]:
    """A room names only rooms above it, else two could import each other."""
    above: set[str] = set()
    for room, others in rooms.items():
        for other in others.split():
            if other not in above:
                yield f"the table: {room} names {other}, which does not stand above it"
        above.add(room)


def service_faults(path: Path, tree: ast.Module, rooms: Mapping[str, str]) -> Iterator[str]:
    """Faults of one module of service/."""
    room = _room_of(path)
    if room not in rooms and room not in WIRING and room != "__init__":
        yield f"{path}: {room} is not in the table of rooms"
        return
    for imported in _imports(tree, path.parent):
        package, *inside = imported.parts
        if package in ("scripts", "tests"):
            yield f"{path}:{imported.line}: service imports {package}"
        if package != "service" or room in WIRING:
            continue
        other = inside[0] if inside else "the whole of service"
        if other != room and other not in rooms.get(room, "").split():
            yield f"{path}:{imported.line}: {room} imports {other}, which it may not know"


def scripts_faults(path: Path, tree: ast.Module) -> Iterator[str]:
    """Faults of one module of scripts/."""
    folder = _room_of(path)
    for imported in _imports(tree, path.parent):
        package, *inside = imported.parts
        if package == "tests":
            yield f"{path}:{imported.line}: scripts imports tests"
        if package == "scripts" and folder in STANDS_ALONE:
            other = inside[0] if inside else "the whole of scripts"
            if other != folder and other not in STANDS_ALONE[folder].split():
                yield f"{path}:{imported.line}: {folder} stands alone and imports {other}"
    if folder == "local_supabase":
        yield from local_supabase_faults(path, tree)
    if str(path) not in KNOWS_TESTS:
        for line, text in _texts(tree):
            if text == "tests" or text.startswith("tests/"):
                yield f"{path}:{line}: scripts reads tests by path"


def local_supabase_faults(path: Path, tree: ast.Module) -> Iterator[str]:
    """Faults of one module of the local Supabase: shared modules know no folder."""
    place = Path(path.parts[2]).stem
    if place == "__main__":
        return
    for imported in _imports(tree, path.parent):
        package, *inside = imported.parts
        if package != "scripts" or inside[:1] != ["local_supabase"] or len(inside) < 2:
            continue
        other = inside[1]
        if other in LOCAL_FOLDERS and other not in (place, *LOCAL_FOLDERS.get(place, "").split()):
            yield f"{path}:{imported.line}: {place} imports {other}, which it may not know"


def faults(root: Path = ROOT) -> Iterator[str]:
    """Every fault of a checkout, with file and line."""
    yield from table_faults(ROOMS)
    yield from table_faults(LOCAL_FOLDERS)
    for package in ("service", "scripts"):
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root)
            tree = ast.parse(file.read_text("utf-8"))
            if package == "service":
                yield from service_faults(path, tree, ROOMS)
            else:
                yield from scripts_faults(path, tree)
