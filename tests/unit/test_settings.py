"""Settings that cannot work are refused before anything starts, all of them at once and by name."""

from pathlib import Path

import pytest

from service import __main__ as service

SUPABASE = {"SUPABASE_URL": "http://127.0.0.1:1", "SUPABASE_PUBLISHABLE_KEY": "sb_publishable_x"}
WORKER = {**SUPABASE, "SUPABASE_SECRET_KEY": "sb_secret_x"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without .env, and nothing of the settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in (*WORKER, "DOSSIER_MODEL_BASE_URL", "DOSSIER_MODEL_API_KEY", "DOSSIER_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_SECRET_KEY"]),
        ({**WORKER, "SUPABASE_URL": "db.example"}, ["SUPABASE_URL"]),
        ({**WORKER, "DOSSIER_MODEL_BASE_URL": "http://127.0.0.1:1/v1"}, ["DOSSIER_MODEL_API_KEY"]),
    ],
    ids=["nothing", "no-url", "server-without-key"],
)
def test_a_worker_says_which_settings_are_wrong(
    given: dict[str, str],
    named: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert service.main(["worker"]) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in named)
    assert ".env.example" in told


def test_what_is_secret_is_not_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        **WORKER,
        "SUPABASE_SECRET_KEY": "sb_secret_mine",
        "SUPABASE_URL": "db.example",
    }.items():
        monkeypatch.setenv(name, value)
    assert service.main(["worker"]) == 2
    assert "sb_secret_mine" not in capsys.readouterr().err
