"""Analyses in processes: same results in the same order, and a crash stays with its file."""

from __future__ import annotations

import pytest

from shapeguard.lint import pool
from shapeguard.lint.pool import CRASHED, LONG_LINE, WORTH_A_POOL, Analyses, Job, run
from shapeguard.lint.source import Program, Unit
from tests.shell import fake

ALL = frozenset(fake.NAMES)


def _job(name: str, text: str) -> Job:
    return Job(Program(name, (Unit(text),)), ALL)


def test_same_results_in_the_same_order() -> None:
    padding = "# words\n" * (WORTH_A_POOL // 40)
    jobs = [_job(f"{n}.py", "bad()\n" * n + padding * (n % 3)) for n in range(12)]
    done: list[int] = []
    parallel = run(jobs, fake.analyze, lambda: done.append(1), processes=2)
    assert parallel == run(jobs, fake.analyze, processes=1)
    assert [len(each.diagnostics) for each in parallel] == list(range(12))
    assert len(done) == 12


def test_a_crash_stays_with_its_file() -> None:
    padding = "# words\n" * (WORTH_A_POOL // 8)
    jobs = [_job(f"{n}.py", "crash()" if n == 2 else "bad()\n" + padding) for n in range(5)]
    results = run(jobs, fake.analyze, processes=2)
    assert [each.error for each in results] == [None, None, CRASHED, None, None]
    assert [len(each.diagnostics) for each in results] == [1, 1, 0, 1, 1]


def test_a_risky_file_goes_to_a_process_of_its_own() -> None:
    (result,) = run([_job("a.py", "x = 1 + " + "1 + " * LONG_LINE + "crash()")], fake.analyze)
    assert result.error == CRASHED


def test_a_failure_becomes_an_error() -> None:
    (result,) = run([_job("a.py", "explode()")], fake.analyze)
    assert result.error is not None
    assert result.error.startswith("internal error: RuntimeError: two lines")


def test_analyses_begin_while_programs_are_found() -> None:
    padding = "# words\n" * (WORTH_A_POOL // 8)
    analyses = Analyses(fake.analyze, processes=2)
    for n in range(3):
        analyses.add(_job(f"{n}.py", "bad()\n" * n + padding))
    assert analyses._futures
    assert len(analyses) == 3
    assert [len(each.diagnostics) for each in analyses.finish()] == [0, 1, 2]


def test_given_up() -> None:
    padding = "# words\n" * (WORTH_A_POOL // 8)
    analyses = Analyses(fake.analyze, processes=2)
    for n in range(3):
        analyses.add(_job(f"{n}.py", padding))
    analyses.close()
    analyses.close()


def test_a_system_without_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(processes: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(pool, "_pool", refuse)
    padding = "# words\n" * (WORTH_A_POOL // 8)
    jobs = [_job(f"{n}.py", "bad()\n" * n + padding) for n in range(3)]
    results = run(jobs, fake.analyze, processes=2)
    assert [len(each.diagnostics) for each in results] == [0, 1, 2]
