"""`--help` of every command says how it is used, and starts nothing."""

import importlib
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from scripts.commands import bench, check, dev, gen, inspect, stack
from scripts.commands import test as test_command
from scripts.demo import __main__ as run
from scripts.local_supabase.cli import commands as supabase
from scripts.verify import __main__ as verify_export

Main = Callable[[list[str]], int]
COMMANDS: dict[str, Main] = {
    "bench": bench.main,
    "check": check.main,
    "dev": dev.main,
    "gen": gen.main,
    "inspect": inspect.main,
    "run": run.main,
    "supabase": supabase.main,
    "test": test_command.main,
    "verify_export": verify_export.main,
}


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a command would start makes its test fail."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("--help started something")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(stack, "start", refuse)


@pytest.mark.parametrize("name", COMMANDS)
def test_help__only_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        COMMANDS[name](["--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: scripts/{name} ")


@pytest.mark.parametrize("bench_name", bench.list_benches())
def test_help__of_a_bench_only_helps(bench_name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"scripts.benches.{bench_name}")
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: scripts/bench {bench_name} ")


def test_bench__is_listed_where_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 0
    assert "prose" in capsys.readouterr().out
