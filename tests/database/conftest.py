"""What database tests share: projects with something in them, and the database as postgres."""

import pytest

from tests.support.seed import Seed, Seeds


@pytest.fixture(scope="module")
def full(module_seeds: Seeds) -> Seed:
    """A project with a row in every table, for tests that only read or are refused."""
    return module_seeds.full()
