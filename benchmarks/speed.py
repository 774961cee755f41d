"""How long the check takes, as ratios to what users know: ruff, libcst, the start of Python.

    python -m benchmarks.speed [--update] [--rounds N] [--folder FOLDER]

Everything is measured in one run, in turns, and the best of the rounds counts. The files are the
published packages if they have been fetched (`make ecosystem`), else those of torch itself.
--update writes docs/performance.md. The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.packages import FOLDER, ROOT
from shapeguard.lint.config import Configs
from shapeguard.lint.files import Problem, find, read_bytes
from shapeguard.lint.sieve import may_use_layers, uses_layers
from shapeguard.lint.source import Program, read_source

if TYPE_CHECKING:
    from shapeguard.lint.outline import Chunk

PAGE = ROOT / "docs" / "performance.md"
COMMANDS = Path(sys.executable).parent
PYTHON = (sys.executable, "-c", "pass")
SHAPEGUARD = (str(COMMANDS / "shapeguard"), "check", "--isolated", "--no-cache", "--quiet")
RUFF = (str(COMMANDS / "ruff"), "check", "--isolated", "--no-cache", "--quiet")
IGNORED = "--no-respect-gitignore"
HEAVY = ("libcst", "torch", "rich", "numpy", "jaxtyping", "beartype")

MANY = 100
"""A folder without a recurrent layer has to hold that many files to be worth measuring."""


@dataclass(frozen=True)
class Time:
    """What a command took, in seconds: by the clock, and of all processors together."""

    wall: float
    work: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.work:.2f} s)"


@dataclass(frozen=True)
class Line:
    """A line of the table: two times, their ratio, and the ratio that is allowed."""

    what: str
    ours: Time
    than: str
    theirs: Time
    bar: float | None = None

    @property
    def ratio(self) -> float:
        """Our time by the clock in theirs."""
        return self.ours.wall / self.theirs.wall

    @property
    def missed(self) -> bool:
        """Whether this is slower than allowed."""
        return self.bar is not None and self.ratio > self.bar

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as a row."""
        bar = "" if self.bar is None else f"at most {self.bar:g}"
        return (self.what, str(self.ours), self.than, str(self.theirs), f"{self.ratio:.2f}", bar)


HEADINGS = ("What", "Time (of all cores)", "Compared with", "Its time", "Ratio", "Bar")


def command(*words: str | Path) -> Time:
    """One run of a command that may find something but must not fail."""
    began = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"error: {words[0]} ended with {child.returncode}")
    return Time(took, used.ru_utime + used.ru_stime)


def best(rounds: int, *runs: Callable[[], Time]) -> list[Time]:
    """The best time of each, run in turns."""
    taken = [[run() for run in runs] for _ in range(rounds)]
    return [min((each[i] for each in taken), key=lambda t: t.wall) for i in range(len(runs))]


def programs(where: Path) -> Iterator[Program]:
    """The programs in a folder that get past the sieve."""
    for entry in find([str(where)], Configs(None, True, lambda settings: settings)):
        assert not isinstance(entry, Problem), entry
        notebook = entry.path.endswith(".ipynb")
        raw = read_bytes(entry.path)
        if may_use_layers(raw, notebook):
            program = read_source(raw, entry.path).program
            if uses_layers(program):
                yield program


def analysis(found: list[Program], rounds: int) -> list[Line]:
    """What the analysis of files with recurrent layers costs beside libcst's parse of them."""
    from shapeguard.lint import analyze
    from shapeguard.lint.outline import pieces, relevant
    from shapeguard.rules import registry

    rules = list(registry().values())
    gc.collect()
    gc.freeze()
    least: dict[str, float] = {"outline": 0, "parse": 0, "follow": 0, "outline of the others": 0}
    theirs = 0.0
    files = characters = 0
    for program in found:
        took = _least(rounds, partial(_outline, program))
        outlined, texts = _outline(program)
        if not relevant(outlined):
            least["outline of the others"] += took
            continue
        files += 1
        characters += sum(map(len, texts))
        least["outline"] += took
        theirs += _least(rounds, partial(_whole, texts))
        least["parse"] += _least(rounds, partial(pieces, outlined))
        least["follow"] += min(
            _least(1, partial(analyze._diagnose, program, pieces(outlined), rules))
            for _ in range(rounds)
        )
    gc.unfreeze()
    parse = Time(theirs, theirs)
    than = (
        f"libcst's parse of these {files} files, whole ({characters / 1e6:.1f} million characters)"
    )

    def line(what: str, seconds: float, bar: float | None = None) -> Line:
        return Line(what, Time(seconds, seconds), than, parse, bar)

    return [
        line("following them, rules and places", least["follow"], 0.5),
        line("outline by the compiler's parse", least["outline"]),
        line("libcst's parse of the relevant pieces", least["parse"]),
        line("all of this together", sum(least.values()) - least["outline of the others"]),
        line(
            f"outline of the {len(found) - files} files that turn out to have none",
            least["outline of the others"],
        ),
    ]


def _outline(program: Program) -> tuple[list[Chunk], list[str]]:
    from shapeguard.lint.outline import Unreadable, chunks

    outlined: list[Chunk] = []
    texts = []
    for unit in program.units:
        try:
            outlined += chunks(unit)
            texts.append(unit.text)
        except Unreadable:  # a cell that is no Python
            continue
    return outlined, texts


def _whole(texts: list[str]) -> list[object]:
    import libcst

    return [libcst.parse_module(text) for text in texts]


def _least(rounds: int, action: Callable[[], object]) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        kept = action()
        taken.append(time.perf_counter() - began)
        del kept
    return min(taken)


def without(where: Path, using: list[Program]) -> Path | None:
    """The largest folder in which no program uses a layer."""
    used = {parent for program in using for parent in Path(program.filename).parents}
    sizes: dict[Path, int] = {}
    for path in where.rglob("*.py"):
        parents = [parent for parent in path.parents if where in parent.parents]
        free = [parent for parent in parents if parent not in used]
        if free:
            sizes[free[-1]] = sizes.get(free[-1], 0) + 1
    largest = max(sizes, key=lambda folder: sizes[folder], default=None)
    return largest if largest is not None and sizes[largest] >= MANY else None


def imported(where: Path) -> set[str]:
    """The heavy packages that a check of a folder imports."""
    words = [sys.executable, "-X", "importtime", "-m", "shapeguard", *SHAPEGUARD[1:], str(where)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    return names & set(HEAVY)


def material(given: str | None) -> tuple[Path, str]:
    """The folder to check, and what it is in words."""
    for named in (given, os.environ.get(FOLDER), ROOT / ".ecosystem"):
        if named and Path(named).is_dir():
            return Path(named).resolve(), "the published packages of `make ecosystem`"
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        raise SystemExit("error: neither the packages of `make ecosystem` nor torch are here")
    return Path(spec.origin).parent, "torch's own files; `make ecosystem` fetches more"


def measure(where: Path, rounds: int) -> list[Line]:
    """The table."""
    using = list(programs(where))
    lines: list[Line] = []

    def compare(what: str, ours: tuple[str, ...], bar: float | None, *folder: str) -> None:
        args = (*folder, IGNORED) if folder else ()
        runs = [lambda: command(*ours, *args), lambda: command(*PYTHON)]
        if folder:
            runs.append(lambda: command(*RUFF, *args))
        mine, python, *ruff = best(rounds, *runs)
        lines.extend(Line(what, mine, "`ruff check`", each, bar) for each in ruff)
        lines.append(Line(what, mine, "`python -c pass`", python))

    compare("`shapeguard check`, everything", SHAPEGUARD, 2, str(where))
    del lines[1:]
    free = without(where, using)
    if free is not None:
        heavy = imported(free)
        if heavy:
            raise SystemExit(f"error: a check of {free} imports {', '.join(sorted(heavy))}")
        count = sum(1 for _ in free.rglob("*.py"))
        compare(f"`shapeguard check`, {count:,} files without a layer", SHAPEGUARD, None, str(free))
    with tempfile.TemporaryDirectory() as empty:
        compare("`shapeguard check`, an empty folder", SHAPEGUARD, None, empty)
    compare("`shapeguard --version`", (SHAPEGUARD[0], "--version"), None)
    lines += analysis(using, rounds)
    return lines


def page(lines: list[Line], words: str, files: int, size: int, rounds: int) -> str:
    """docs/performance.md."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(line.cells for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    machine = f"{cores} cores ({platform.machine()}), Python {platform.python_version()}"
    return f"""# Performance

Written by `make bench` with `--update`; do not edit. Times depend on the machine, so the ratios are
what counts: everything was measured in one run, in turns, the best of {rounds} rounds each.
No caches, except the system's of files.

- Files: {files:,} Python files, {size / 1e6:.0f} MB: {words}.
- Machine: {machine}.
- Nothing heavy ({", ".join(HEAVY)}) is imported for a folder without a recurrent layer;
  the benchmark fails otherwise.

{table}

Files that cannot have a recurrent layer cost a read and a search for a few letters. Of the others,
only the statements that concern one are parsed by libcst, which takes most of the time; they are
analysed on all cores while the rest is still being read.
"""


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write docs/performance.md")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="what to check")
    options = parser.parse_args(arguments)
    where, words = material(options.folder)
    paths = list(where.rglob("*.py"))
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(paths):,} Python files, {size / 1e6:.0f} MB: {words}", flush=True)
    lines = measure(where, options.rounds)
    _show(lines)
    if options.update:
        PAGE.write_text(page(lines, words, len(paths), size, options.rounds), encoding="utf-8")
    missed = [line for line in lines if line.missed]
    for line in missed:
        print(f"missed: {line.what}: {line.ratio:.2f} of {line.than}, at most {line.bar:g}")
    return 1 if missed else 0


def _show(lines: list[Line]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*HEADINGS)
    for line in lines:
        table.add_row(*line.cells)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    sys.exit(main())
