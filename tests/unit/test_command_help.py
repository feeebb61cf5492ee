"""`--help` of every command says how it is used, and starts nothing."""

import importlib
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
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


@pytest.mark.parametrize("name", ["house_rules", "house rules", "imports"])
def test_check__takes_the_names_of_its_help(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "borrowed", nullcontext)
    monkeypatch.setitem(check.STEPS, name.replace("_", " "), list)
    assert check.main([name]) == 0
    assert f"ok   {name.replace('_', ' ')} (" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        check.main(["--help"])
    helped = capsys.readouterr().out
    assert name.replace(" ", "_") in helped
    assert "[]" not in helped


def test_check__refuses_a_step_that_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        check.main(["made_up"])
    assert "no step made_up: see scripts/check --help" in capsys.readouterr().err


def test_bench__is_listed_where_none_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 0
    assert "prose" in capsys.readouterr().out
