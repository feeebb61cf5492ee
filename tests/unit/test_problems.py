"""Expected faults: what a program relies on stands on the class, and a code means one status."""

import re
from collections.abc import Iterator

import service.documents.problems  # its faults are classes too
from service.http.problems import Problem


def classes(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every class of fault that says its own code."""
    for problem in of.__subclasses__():
        if "code" in vars(problem):
            yield problem
        yield from classes(problem)


def test_problems__each_class_says_status_code_and_sentence() -> None:
    """E-OPS-05: a stable code in snake_case, a sentence without user text."""
    found = list(classes())
    assert service.documents.problems.TooManyFiles in found
    for problem in found:
        assert 400 <= problem.status < 600, problem
        assert re.fullmatch("[a-z]+(_[a-z]+)*", problem.code), problem
        assert re.fullmatch("[A-Z][^{}]+[^.]", problem.title), problem


def test_problems__one_code_has_one_status() -> None:
    statuses: dict[str, set[int]] = {}
    for problem in classes():
        statuses.setdefault(problem.code, set()).add(problem.status)
    assert {code: told for code, told in statuses.items() if len(told) > 1} == {}


def test_problems__an_unknown_caller_is_told_how_to_say_who_they_are() -> None:
    for problem in classes():
        if problem.status == 401:
            headers = problem().headers
            assert headers == {"WWW-Authenticate": "Bearer"}
