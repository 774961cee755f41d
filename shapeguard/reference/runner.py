"""From proofs to verdicts, by running programs in child processes.

This process imports neither torch nor the programs; each child imports torch once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO

from shapeguard.reference.proof import Proof
from shapeguard.reference.verdict import Ending, Outcome, ProofCase, Verdict, judge

TIME_LIMIT = 20.0
MEMORY_LIMIT = 1 << 30
GRACE = 10.0
ROOT = Path(__file__).resolve().parents[2]
# The package is found where this one was; the programs must not find what else lies there.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from shapeguard.reference.server import main; "
    "sys.path.remove(sys.argv[1]); main()"
)
# A library path is kept because torch may not load without it.
KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


class RunnerError(RuntimeError):
    """No program can be run here: torch is missing, or the system has no fork."""


class Server:
    """One child process, started when first asked and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None
        self._home = tempfile.TemporaryDirectory(prefix="shapeguard-", ignore_cleanup_errors=True)

    def ask(self, code: str, proof: Proof, time_limit: float, memory_limit: int) -> Outcome:
        """Run one program. Raises RunnerError if no child process can be started."""
        process = self._process or self._started()
        request = {
            "code": code,
            "proof": asdict(proof),
            "time_limit": time_limit,
            "memory_limit": memory_limit,
        }
        # The child ends programs in time; this ends a child that does not.
        timer = threading.Timer(time_limit + GRACE, process.kill)
        timer.start()
        try:
            reply = self._exchange(process, json.dumps(request))
        finally:
            timer.cancel()
        if not reply:
            self.close_process()
            return Outcome(Ending.DIED, "the process that runs programs ended with it")
        return Outcome.from_json(json.loads(reply))

    def _exchange(self, process: subprocess.Popen[str], line: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:
            return ""

    def _started(self) -> subprocess.Popen[str]:
        if not hasattr(os, "fork"):
            raise RunnerError("running programs needs a system with fork")
        home = self._home.name
        environment = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
        environment |= {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        environment |= {name: os.environ[name] for name in KEPT if name in os.environ}
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", START, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            cwd=home,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if "ready" not in (self._process.stdout.readline() or "{}"):
            self._errors.seek(0)
            last = self._errors.read().strip().splitlines()[-1:] or ["no reason given"]
            self.close_process()
            raise RunnerError(f"programs cannot be run: {last[0]}")
        return self._process

    def close_process(self) -> None:
        """End the child process; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def close(self) -> None:
        """End the child process for good."""
        self.close_process()
        self._home.cleanup()


class Runner:
    """A pool of child processes; a context manager that ends them.

    `time_limit` is in seconds and `memory_limit` in bytes, for each program; `workers` is how
    many run at once, as many as there are processors (at most 4) unless given.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        time_limit: float = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
    ) -> None:
        self.time_limit, self.memory_limit = time_limit, memory_limit
        self._servers = [Server() for _ in range(workers or min(4, os.cpu_count() or 1))]
        self._free: SimpleQueue[Server] = SimpleQueue()
        for server in self._servers:
            self._free.put(server)

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every child process."""
        for server in self._servers:
            server.close()

    def run(self, code: str, proof: Proof | None = None) -> Outcome:
        """Run one program; without a proof, running to its end satisfies."""
        server = self._free.get()
        try:
            return server.ask(code, proof or Proof(), self.time_limit, self.memory_limit)
        finally:
            self._free.put(server)

    def run_all(self, programs: Sequence[tuple[str, Proof | None]]) -> list[Outcome]:
        """Run programs side by side; outcomes in the order of the programs."""
        with ThreadPoolExecutor(len(self._servers)) as threads:
            return list(threads.map(lambda program: self.run(*program), programs))

    def prove(self, cases: Iterable[ProofCase]) -> list[Verdict]:
        """Run both programs of every case; verdicts in the order of the cases."""
        listed = list(cases)
        programs = [(code, case.proof) for case in listed for code in (case.code, case.fixed)]
        outcomes = self.run_all(programs)
        pairs = zip(listed, outcomes[::2], outcomes[1::2], strict=True)
        return [judge(case, bad, fixed) for case, bad, fixed in pairs]


@functools.cache
def shared() -> Runner:
    """The runner of this process, ended with it."""
    runner = Runner()
    atexit.register(runner.close)
    return runner


def prove(cases: Iterable[ProofCase]) -> list[Verdict]:
    """Verdicts on cases, in order. Raises RunnerError where no program can be run."""
    return shared().prove(cases)


def runs(code: str, proof: Proof | None = None) -> Outcome:
    """Run a program that must be right; `satisfied` if it ends and its proof, if any, holds."""
    return shared().run(code, proof)
