"""The database as it is, in supabase/schemas and supabase/data, and the migrations that must lead
to it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scripts.local_supabase.cli import supabase_cli as cli
from scripts.local_supabase.machine import ROOT

LOCK_TIMEOUT = "set local lock_timeout = '5s';"
_STATEMENT = re.compile(
    r"""
    (?>
        \$(\w*)\$ .*? \$\1\$    # a function's body
      | '(?: [^'] | '' )*'      # a text
      | "[^"]*"                 # a name
      | --[^\n]*                # a comment
      | [^;]
    )+ ;
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Tree:
    """Where a checkout, or a copy of one, keeps what a database is made of."""

    root: Path = ROOT

    @property
    def declarations(self) -> list[Path]:
        """Every object, declared once; in name order they apply to an empty database."""
        return sorted((self.root / "supabase" / "schemas").glob("*.sql"))

    @property
    def data(self) -> list[Path]:
        """The rows that every database has: buckets, ready templates."""
        return sorted((self.root / "supabase" / "data").glob("*.sql"))

    @property
    def migrations(self) -> list[Path]:
        return sorted((self.root / "supabase" / "migrations").glob("[0-9]*_*.sql"))

    @property
    def rollbacks(self) -> Path:
        return self.root / "sql" / "rollback"

    def rollback_of(self, migration: Path) -> Path:
        return self.rollbacks / migration.name


def declared_sql(tree: Tree) -> str:
    """Schemas in order, then the data: all that a database is made of."""
    return "\n".join(path.read_text() for path in [*tree.declarations, *tree.data])


def make_declared(tree: Tree, url: str) -> None:
    """Makes an empty database what the schemas and the data say, in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(declared_sql(tree).encode())


def make_migrated(tree: Tree, url: str) -> None:
    """Applies the migrations to an empty database, each in a transaction of its own as the CLI
    does.
    """
    for path in tree.migrations:
        with psycopg.connect(url) as connection:
            connection.execute(path.read_bytes())


def statements_between(from_url: str, to_url: str) -> list[str]:
    """The statements that turn one database into another, as the CLI orders them.

    The CLI does not see rows, statistics, the storage of columns and the settings of roles.
    """
    return split_statements(cli.diff(from_url, to_url))


def split_statements(text: str) -> list[str]:
    """The statements of a script, each with the comments before it."""
    return [found[0].strip() for found in _STATEMENT.finditer(text)]
