"""`scripts/bench prose [PATHS]`: how dense Python is to read. The figures are a mirror, not a gate.

Each path is a row: a file, or a folder with everything below it but its `generated` folders. Any
Python will do, so that a library can stand beside it: `scripts/bench prose service path/to/httpx`.
Nested comprehensions, packed assignments (`a, b = x, y`) and ternaries: per 1,000 statements.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from scripts.benches import report

ROOT = Path(__file__).resolve().parents[2]
OWN = [ROOT / name for name in ("service", "scripts", "scripts/local_supabase", "tests")]
LONGEST_LINE = 100
HEAD = ["path", "statements", "nested", "packed", "ternaries", "one-word names", "long lines"]
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Counts:
    """What some Python is made of."""

    statements: int = 0
    nested_comprehensions: int = 0
    packed_assignments: int = 0
    ternaries: int = 0
    functions: int = 0
    one_word_functions: int = 0
    lines: int = 0
    long_lines: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def figures(self) -> dict[str, float]:
        """Per thousand statements; of functions and lines the share."""
        per_thousand = 1000 / max(self.statements, 1)
        return {
            "statements": self.statements,
            "nested_comprehensions": round(self.nested_comprehensions * per_thousand, 1),
            "packed_assignments": round(self.packed_assignments * per_thousand, 1),
            "ternaries": round(self.ternaries * per_thousand, 1),
            "one_word_functions": report.share(self.one_word_functions, self.functions),
            "long_lines": report.share(self.long_lines, self.lines),
        }


def count_source(source: str) -> Counts:
    """Counts one module; docstrings, blank lines and the names of dunder methods do not count."""
    nodes = list(ast.walk(ast.parse(source)))
    named = [node.name for node in nodes if isinstance(node, _Function) and not _is_dunder(node)]
    lines = [line for line in source.splitlines() if line.strip()]
    return Counts(
        statements=sum(isinstance(node, ast.stmt) and not _is_docstring(node) for node in nodes),
        nested_comprehensions=sum(_is_nested(node) for node in nodes),
        packed_assignments=sum(_is_packed(node) for node in nodes),
        ternaries=sum(isinstance(node, ast.IfExp) for node in nodes),
        functions=len(named),
        one_word_functions=sum("_" not in name.strip("_") for name in named),
        lines=len(lines),
        long_lines=sum(len(line) > LONGEST_LINE for line in lines),
    )


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_dunder(node: _Function) -> bool:
    return node.name.startswith("__") and node.name.endswith("__")


def _is_nested(node: ast.AST) -> bool:
    """True for a comprehension with a second `for`, or with another comprehension inside."""
    if not isinstance(node, _Comprehension):
        return False
    has_inner = any(isinstance(part, _Comprehension) for part in ast.walk(node) if part is not node)
    return len(node.generators) > 1 or has_inner


def _is_packed(node: ast.AST) -> bool:
    """True for `a, b = x, y`. Taking one value apart, `a, b = pair`, is not packed."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Tuple):
        return False
    return any(isinstance(target, ast.Tuple) for target in node.targets)


def count_path(path: Path) -> Counts:
    """A file, or all Python below a folder."""
    return sum((count_source(file.read_text()) for file in python_files(path)), Counts())


def python_files(path: Path) -> Iterator[Path]:
    """The file itself, or those below a folder that a person wrote."""
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*.py")):
        if "generated" not in file.relative_to(path).parts:
            yield file


def _shown_name(path: Path) -> str:
    absolute = path.resolve()
    if absolute.is_relative_to(ROOT):
        return str(absolute.relative_to(ROOT))
    return str(path)


def main(argv: list[str]) -> int:
    """0; density is no fault."""
    parser = report.make_parser("prose", __doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="default: this project's own folders")
    parser.add_argument("--files", action="store_true", help="a row for each file")
    asked = parser.parse_args(argv)
    paths: list[Path] = asked.paths or OWN
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        parser.error("no such file or folder: " + ", ".join(missing))
    if asked.files:
        paths = [file for path in paths for file in python_files(path)]
    figures: dict[str, Any] = {_shown_name(path): count_path(path).figures() for path in paths}
    rows = [[name, *_cells(figure)] for name, figure in figures.items()]
    report.publish(
        f"Per 1,000 statements; share of functions; share of lines over {LONGEST_LINE}",
        HEAD,
        rows,
        figures,
        asked.json,
    )
    return 0


def _cells(figures: dict[str, float]) -> list[str]:
    shares = [f"{figures[name]:.0%}" for name in ("one_word_functions", "long_lines")]
    per_thousand = ("nested_comprehensions", "packed_assignments", "ternaries")
    rates = [f"{figures[name]:.1f}" for name in per_thousand]
    return [str(figures["statements"]), *rates, *shares]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
