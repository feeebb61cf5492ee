"""Migrations and their rollbacks, written from what the schemas say: the baseline, and each one
after it.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from scripts.commands import comparison, copies, schemas
from scripts.commands.schemas import LOCK_TIMEOUT, Tree
from scripts.local_supabase.errors import StackError

BASELINE = "20261130000000_baseline.sql"
_BASELINE_HEAD = f"""\
-- Everything that supabase/schemas and supabase/data declare.
-- Written by scripts/gen baseline; do not edit.
{LOCK_TIMEOUT}

"""
_BASELINE_ROLLBACK_HEAD = f"""\
-- Takes back all that the baseline made, but for the buckets: what people uploaded is in them.
{LOCK_TIMEOUT}

"""
_DROP = re.compile(
    r"^(?:DROP TABLE (?P<table>[^\s;]+)"
    r"|ALTER TABLE (?P<owner>\S+)\s+DROP COLUMN (?P<column>[^\s;]+))",
    re.MULTILINE,
)


def write_baseline(tree: Tree, cluster: copies.Cluster) -> list[Path]:
    """Writes the baseline and its rollback; raises `StackError` once a migration follows it."""
    later = [path.name for path in tree.migrations if path.name != BASELINE]
    if later:
        raise StackError(
            f"The baseline is history: {later[0]} builds on it. Write a migration:"
            " scripts/gen migration NOUN.",
            "baseline_is_history",
        )
    baseline = _baseline_path(tree)
    platform, declared = cluster.copy("platform"), cluster.copy("declared")
    schemas.make_declared(tree, declared)
    back = schemas.statements_between(declared, platform)
    return [
        _write(baseline, baseline_sql(tree)),
        _write(tree.rollback_of(baseline), _BASELINE_ROLLBACK_HEAD + _script(back)),
    ]


def baseline_sql(tree: Tree) -> str:
    """The first migration as the schemas and the data have it now."""
    return _BASELINE_HEAD + schemas.declared_sql(tree)


def drifted(tree: Tree) -> list[str]:
    """The baseline where the schemas changed after it was written; nothing once a migration
    follows it.
    """
    if [path.name for path in tree.migrations] != [BASELINE]:
        return []
    path = _baseline_path(tree)
    if path.read_text() == baseline_sql(tree):
        return []
    return [f"{path.relative_to(tree.root)} has drifted: run scripts/gen baseline"]


def _baseline_path(tree: Tree) -> Path:
    return tree.root / "supabase" / "migrations" / BASELINE


def write_migration(
    tree: Tree, cluster: copies.Cluster, noun: str, *, drops: bool = False
) -> list[Path]:
    """Writes the next migration and its rollback; nothing where the migrations say it all.

    Raises `StackError` where the migration would drop a table or a column and `drops` is not set.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", noun):
        raise StackError(
            f"{noun} does not name a migration: use small letters, digits and _.", "noun_invalid"
        )
    migrated, declared = comparison.make_both(tree, cluster)
    forth = schemas.statements_between(migrated.url, declared.url)
    by_hand = _left_by_hand(tree, cluster, forth, declared.facts)
    if not forth and not by_hand:
        return []
    lost = _dropped(forth)
    if lost and not drops:
        raise StackError(
            f"This would drop {', '.join(lost)} with what is in it. A rename shows as a drop and an"
            " addition: write that migration by hand. Where the data may go, say --drops.",
            "drop_refused",
        )
    back = schemas.statements_between(declared.url, migrated.url)
    migration = tree.root / "supabase" / "migrations" / f"{_next_version(tree)}_{noun}.sql"
    return [
        _write(migration, _head(noun) + _script(forth) + _to_write(by_hand)),
        _write(tree.rollback_of(migration), _head(f"Takes back {noun}") + _script(back)),
    ]


def _left_by_hand(
    tree: Tree, cluster: copies.Cluster, forth: list[str], declared: comparison.Facts
) -> list[str]:
    """What the statements do not bring about. They are applied to a copy first: a new column brings
    facts of its own with it.
    """
    try:
        made = comparison.make_next(tree, cluster, forth)
    except psycopg.Error as error:
        sentence = str(error).partition("\n")[0]
        return [f"the database refuses what stands above: {sentence}"]
    return comparison.unseen_differences(made.facts, declared)


def _next_version(tree: Tree) -> str:
    """The time in UTC, as the CLI names migrations; always above the newest."""
    newest = max((int(path.name.partition("_")[0]) for path in tree.migrations), default=0)
    return str(max(int(datetime.now(UTC).strftime("%Y%m%d%H%M%S")), newest + 1))


def _dropped(statements: list[str]) -> list[str]:
    """Tables and columns whose data a script would lose."""
    found = [match for each in statements for match in _DROP.finditer(each)]
    names = [each["table"] or f"{each['owner']}.{each['column']}" for each in found]
    return [name.replace('"', "") for name in names]


def _head(title: str) -> str:
    words = title.replace("_", " ")
    return f"-- {words[0].upper()}{words[1:]}.\n{LOCK_TIMEOUT}\n\n"


def _script(statements: list[str]) -> str:
    return "".join(f"{each}\n\n" for each in statements)


def _to_write(by_hand: list[str]) -> str:
    """What the diff cannot write, as comments: the check stays red until a person has put SQL under
    each, or in its place.
    """
    return "".join(f"{comparison.BY_HAND}{each}\n" for each in by_hand)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip() + "\n")
    return path
