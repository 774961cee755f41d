"""Analyses of many programs: here, or in processes where that is worth it or safer."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable
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
# New objects between two searches for garbage in a process that analyses.
GARBAGE = 100_000
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


class Analyses:
    """Analyses of many programs, begun in processes while more programs are being found."""

    def __init__(self, analyze: Analyze, processes: int | None = None) -> None:
        self._analyze = analyze
        self._processes = processes or _cores()
        self._jobs: list[Job] = []
        self._size = 0
        self._waiting: list[int] = []
        self._futures: dict[Future[Analysis], int] = {}
        self._pool: ProcessPoolExecutor | None = None

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def size(self) -> int:
        """How much there is to parse in all."""
        return self._size

    def add(self, job: Job) -> None:
        """Take a job, and begin it if there is a process for it and enough to do for several."""
        self._waiting.append(len(self._jobs))
        self._jobs.append(job)
        self._size += job.size
        if self._pool is None:
            enough = len(self._jobs) > 1 and self._size > WORTH_A_POOL
            if self._processes == 1 or not enough or not self._open(self._processes):
                return
        # One in hand for each process, so that none waits; the others stay here to be sorted.
        if sum(not future.done() for future in self._futures) < 2 * self._processes:
            self._submit(1)

    def finish(self, advance: Callable[[], None] = lambda: None) -> list[Analysis]:
        """The analysis of each job, in the order of the jobs. `advance` is called for each."""
        jobs = self._jobs
        risky = self._pool is None and any(_risky(job.program) for job in jobs)
        if risky:
            self._open(min(self._processes, len(jobs)))
        if self._pool is None:
            results = []
            for job in jobs:
                results.append(guarded(job, self._analyze))
                advance()
            return results
        with self._pool:
            # The largest first, so that no process is left alone with a large one at the end.
            self._waiting.sort(key=lambda index: jobs[index].size)
            self._submit(len(self._waiting))
            return self._collect(advance)

    def close(self) -> None:
        """Give up what has not been done."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _open(self, processes: int) -> bool:
        """Begin the processes; False where the system has none to give."""
        try:
            self._pool = _pool(processes)
        except (OSError, ImportError, NotImplementedError):
            self._processes = 1
        return self._pool is not None

    def _submit(self, count: int) -> None:
        """Begin the last ones that wait."""
        from concurrent.futures.process import BrokenProcessPool

        assert self._pool is not None
        try:
            for _ in range(count):
                index = self._waiting[-1]
                future = self._pool.submit(guarded, self._jobs[index], self._analyze)
                self._futures[future] = self._waiting.pop()
        except BrokenProcessPool:
            pass

    def _collect(self, advance: Callable[[], None]) -> list[Analysis]:
        from concurrent.futures import as_completed
        from concurrent.futures.process import BrokenProcessPool

        results: dict[int, Analysis] = {}
        for future in as_completed(self._futures):
            try:
                results[self._futures[future]] = future.result()
            except BrokenProcessPool:
                continue
            advance()
        # One crash breaks the pool for all that had not been done: each of these goes alone.
        for index, job in enumerate(self._jobs):
            if index not in results:
                results[index] = _alone(job, self._analyze)
                advance()
        return [results[index] for index in range(len(self._jobs))]


def run(
    jobs: Iterable[Job],
    analyze: Analyze,
    advance: Callable[[], None] = lambda: None,
    processes: int | None = None,
) -> list[Analysis]:
    """The analysis of each job, in the order of the jobs. `advance` is called as each is done."""
    analyses = Analyses(analyze, processes)
    for job in jobs:
        analyses.add(job)
    return analyses.finish(advance)


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
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_settle_in)


def _settle_in() -> None:
    """Spare a process most of the searches for garbage: trees are large and not cyclic."""
    gc.freeze()
    gc.set_threshold(GARBAGE, 50, 100)


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
