"""Down and up again: sql/rollback takes back all that migrations make, and they bring the same
catalogue back.
"""

import psycopg
import pytest

from scripts.commands import copies, schemas
from scripts.commands.schemas import Tree
from scripts.local_supabase.cli import migrations

pytestmark = pytest.mark.local
_BUCKETS = "select id, public, file_size_limit, allowed_mime_types from storage.buckets order by id"
_TEMPLATES = "select name, context, variables from public.schema_templates order by name"


def _differences(one: str, other: str) -> list[str]:
    """What the CLI would write, but for its own history of migrations."""
    changes = schemas.statements_between(one, other)
    return [
        each
        for each in changes
        if "supabase_migrations" not in each and not each.startswith("SET ")
    ]


def _rows(url: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return [connection.execute(query).fetchall() for query in (_BUCKETS, _TEMPLATES)]


def test_down__and_up_again_is_the_catalogue_of_a_fresh_database() -> None:
    """E-OPS-02: every rollback leaves the bare platform, and the migrations make the same again."""
    with copies.cluster() as cluster:
        platform, fresh, url = (cluster.copy(name) for name in ("platform", "fresh", "turned"))
        schemas.make_migrated(Tree(), fresh)
        versions = [path.name.partition("_")[0] for path in Tree().migrations]
        assert migrations.push(url) == len(versions)

        assert migrations.take_back(url, len(versions)) == versions[::-1]
        assert _differences(platform, url) == []

        assert migrations.push(url) == len(versions)
        assert _differences(fresh, url) == []
        assert _rows(fresh) == _rows(url)
