"""Analyses of many programs: here, or in processes where that is worth it or safer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.lint.diagnostic import Analysis
from shapeguard.lint.source import Program

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Analyze = Callable[[Program, frozenset[str]], Analysis]

# Below this many characters the start of a second process costs more than it saves.
WORTH_A_POOL = 150_000
# A parser that recurses may overflow the stack on such a file; that must not end the run.
LONG_LINE = 5_000
MANY_BRANCHES = 500
CRASHED = "the analysis of it crashed; please report this as a bug of shapeguard"


@dataclass(frozen=True, slots=True)
class Job:
    """A program to analyse, and under which rules."""

    program: Program
    select: frozenset[str]

    @property
    def size(self) -> int:
        """How much there is to parse."""
        return sum(len(unit.text) for unit in self.program.units)


def run(
    jobs: Sequence[Job],
    analyze: Analyze,
    advance: Callable[[], None] = lambda: None,
    processes: int | None = None,
) -> list[Analysis]:
    """The analysis of each job, in the order of the jobs. `advance` is called as each is done."""
    processes = processes or _cores()
    parallel = len(jobs) > 1 and processes > 1 and sum(job.size for job in jobs) > WORTH_A_POOL
    if parallel or any(_risky(job.program) for job in jobs):
        return _in_processes(jobs, analyze, advance, min(processes, len(jobs)))
    results = []
    for job in jobs:
        results.append(guarded(job, analyze))
        advance()
    return results


def guarded(job: Job, analyze: Analyze) -> Analysis:
    """The analysis of a job; a failure of ours becomes its error."""
    try:
        return analyze(job.program, job.select)
    except RecursionError:
        return Analysis(error="nested too deeply to be analysed")
    except MemoryError:
        return Analysis(error="too large to be analysed in the memory there is")
    except Exception as error:
        words = " ".join(str(error).split())
        return Analysis(
            error=f"internal error: {type(error).__name__}: {words};"
            " please report this as a bug of shapeguard"
        )


def _in_processes(
    jobs: Sequence[Job], analyze: Analyze, advance: Callable[[], None], processes: int
) -> list[Analysis]:
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    results: dict[int, Analysis] = {}
    # The largest first, so that no process is left alone with a large one at the end.
    order = sorted(range(len(jobs)), key=lambda index: -jobs[index].size)
    with _pool(processes) as pool:
        futures: dict[Future[Analysis], int] = {}
        try:
            for index in order:
                futures[pool.submit(guarded, jobs[index], analyze)] = index
        except BrokenProcessPool:
            pass
        for future in as_completed(futures):
            try:
                results[futures[future]] = future.result()
            except BrokenProcessPool:
                continue
            advance()
    # One crash breaks the pool for all that had not been done: each of these goes alone.
    for index in sorted(set(order) - results.keys()):
        results[index] = _alone(jobs[index], analyze)
        advance()
    return [results[index] for index in range(len(jobs))]


def _alone(job: Job, analyze: Analyze) -> Analysis:
    from concurrent.futures.process import BrokenProcessPool

    with _pool(1) as pool:
        try:
            return pool.submit(guarded, job, analyze).result()
        except BrokenProcessPool:
            return Analysis(error=CRASHED)


def _pool(processes: int) -> ProcessPoolExecutor:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Forking spares each process the start of Python; macOS and Windows cannot do it safely.
    context = get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(processes, mp_context=context)


def _risky(program: Program) -> bool:
    return any(
        unit.text.count("elif") > MANY_BRANCHES
        or any(len(line) > LONG_LINE for line in unit.text.split("\n"))
        for unit in program.units
        if len(unit.text) > LONG_LINE
    )


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
