"""The child process: imports torch once, then forks for every program it is sent.

Requests are lines of JSON on standard input, replies lines of JSON on what was standard output.
A fork keeps programs from each other, and a limit of time, memory and file size keeps them from
the machine. This is containment of mistakes, not of malice. POSIX only.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import torch

from shapeguard.reference.program import run
from shapeguard.reference.proof import Proof
from shapeguard.reference.verdict import Ending, Outcome

FILE_LIMIT = 1 << 24
PRINTED_LIMIT = 4_000


def main() -> None:
    """Answer requests until the other side closes the pipe."""
    torch.set_num_threads(1)
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as replies:
        os.dup2(2, 1)  # nothing that a library prints may end up between the replies
        requests = sys.stdin
        _reply(replies, {"ready": torch.__version__})
        for line in requests:
            request = json.loads(line)
            outcome = contained(
                request["code"],
                Proof(**request["proof"]),
                time_limit=request["time_limit"],
                memory_limit=request["memory_limit"],
            )
            _reply(replies, asdict(outcome))


def _reply(replies: TextIO, content: dict[str, Any]) -> None:
    replies.write(json.dumps(content) + "\n")


def contained(code: str, proof: Proof, *, time_limit: float, memory_limit: int) -> Outcome:
    """Run one program in a fork of this process, in an empty directory of its own."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shapeguard-", ignore_cleanup_errors=True) as folder:
        home, printed = Path(folder, "home"), Path(folder, "printed")
        home.mkdir()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            try:
                _confine(home, printed, time_limit, memory_limit)
                outcome = run(code, proof)
                sys.stdout.flush()
                os.write(writer, json.dumps(asdict(outcome)).encode() + b"\n")
            finally:
                os._exit(0)
        os.close(writer)
        try:
            content = _read_line(reader, started + time_limit)
        finally:
            os.close(reader)
            # Whatever else the program started goes with it: it leads a session of its own.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        seconds = round(time.monotonic() - started, 3)
        shown = printed.read_bytes()[-PRINTED_LIMIT:].decode(errors="replace")
    if content is None:
        return Outcome(Ending.TIMED_OUT, f"after {time_limit:g} s", printed=shown, seconds=seconds)
    if not content:
        code_or_signal = os.waitstatus_to_exitcode(status)
        how = f"signal {-code_or_signal}" if code_or_signal < 0 else f"status {code_or_signal}"
        text = f"ended with {how} before it was judged"
        return Outcome(Ending.DIED, text, printed=shown, seconds=seconds)
    return Outcome.from_json(json.loads(content) | {"printed": shown, "seconds": seconds})


def _confine(home: Path, printed: Path, time_limit: float, memory_limit: int) -> None:
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(printed, os.O_WRONLY | os.O_CREAT, 0o600)
    for number, target in enumerate((nothing, output, output)):
        os.dup2(target, number)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    sys.argv = ["program.py"]
    os.chdir(home)
    os.environ.update(HOME=str(home), TMPDIR=str(home))
    tempfile.tempdir = None
    seconds = int(time_limit) + 2
    _limit(resource.RLIMIT_CPU, seconds)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, FILE_LIMIT)
    _limit(resource.RLIMIT_AS, _address_space() + memory_limit)


def _address_space() -> int:
    """Bytes of address space in use: what torch has mapped is not the program's to pay for."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return pages * resource.getpagesize()
    return 1 << 35


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value, value))


def _read_line(reader: int, deadline: float) -> bytes | None:
    """What the child reports: nothing if it ended without a word, None if the time is up."""
    content = b""
    while not content.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        part = os.read(reader, 1 << 16)
        if not part:
            return b""
        content += part
    return content


if __name__ == "__main__":
    main()
