"""The commands `read` and `judge`: their arguments, what they print and how they end.

They end with 0, with 1 where a file or an answer is refused, and with 2 where an argument is bad.
"""

import argparse
import asyncio
import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

from service.content import reading, texts
from service.parsing import sniff
from service.parsing.child import Readers
from service.parsing.models import Limits, Unreadable

NAMES = ("read", "judge")
_Answer = dict[str, Any]


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds both to the commands of a parser."""
    read = commands.add_parser("read", help="show what is read of files")
    read.add_argument("files", nargs="+", type=_existing_file, metavar="FILE")
    read.add_argument("--columns", type=_column_names, help='of a table: text,name or "a, b",name')
    judge = commands.add_parser("judge", help="show the cells that an answer would become")
    judge.add_argument("file", type=_existing_file, metavar="FILE")
    judge.add_argument("variables", type=_existing_file, metavar="VARIABLES.json")
    judge.add_argument("answers", type=_existing_file, metavar="ANSWERS.json")
    for command in (read, judge):
        command.add_argument("--json", action="store_true", help="as JSON, an object a line")


def run_command(asked: argparse.Namespace) -> int:
    """Runs the command that was asked for; tells how the process ends."""
    if asked.command == "read":
        return asyncio.run(_read_files(asked))
    return asyncio.run(_judge_file(asked))


async def _read_files(asked: argparse.Namespace) -> int:
    refused = False
    readers = Readers(Limits())
    try:
        for path in asked.files:
            answer = await _read_file(readers, path, asked.columns)
            _print(_json_line(answer) if asked.json else texts.describe_read(answer))
            refused = refused or "refused" in answer
    finally:
        await readers.close()
    return 1 if refused else 0


async def _read_file(readers: Readers, path: Path, columns: list[str] | None) -> _Answer:
    answer: _Answer = {"file": str(path), "media_type": sniff.media_type_of_file(path)}
    try:
        if columns is None:
            parsed = await reading.read_document(readers, path)
            return {**answer, **reading.document_json(parsed)}
        rows = await reading.read_table(readers, path, columns)
        return {**answer, "columns": columns, "rows": rows}
    except Unreadable as error:
        return {**answer, "refused": {"code": error.code, "detail": error.detail}}


async def _judge_file(asked: argparse.Namespace) -> int:
    # `read` is faster without them.
    from service.content.judging import judge_answer
    from service.content.questions import BadInput, read_questions, read_text
    from service.model.faults import ModelError

    try:
        questions = read_questions(asked.variables)
        raw = read_text(asked.answers)
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    answer: _Answer = {"file": str(asked.file), "notes": list(questions.notes)}
    readers = Readers(Limits())
    try:
        parsed = await reading.read_document(readers, asked.file)
        answer["cells"] = await judge_answer(questions, parsed, raw)
    except (Unreadable, ModelError) as error:
        answer["refused"] = {"code": error.code, "detail": error.detail}
    finally:
        await readers.close()
    _print(_json_line(answer) if asked.json else texts.describe_judgement(answer))
    return 1 if "refused" in answer else 0


def _existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is no file")
    if not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"{text} may not be read")
    return path


def _column_names(text: str) -> list[str]:
    names = [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
    if not names or not all(names):
        raise argparse.ArgumentTypeError("a column has no name")
    return names


def _json_line(answer: _Answer) -> str:
    return json.dumps(answer)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
