"""Every fix that is offered in a folder, made alone: does it hold, and what else does it change?

    python -m benchmarks.fixes FOLDER

Nothing is written. Each fix is made on a copy in memory, which has to parse, to be silent where
the finding was, and to differ on the rows that the fix names only. Findings that show for the
first time are printed: one that a fix brings about would be a bug, one that another finding hid
is none. The exit code is 1 where a fix fails.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from shapeguard.lint.analyze import analyze
from shapeguard.lint.config import Configs
from shapeguard.lint.diagnostic import Diagnostic
from shapeguard.lint.files import Problem, find, read_bytes
from shapeguard.lint.fix import Reading, attempt, rewritten
from shapeguard.lint.project import Project
from shapeguard.lint.sieve import may_use_layers, uses_layers
from shapeguard.lint.source import Along, EditError, Source, SourceError, read_source


def readings(folder: Path) -> Iterator[tuple[Path, Reading, Along | None]]:
    """The files of a folder that use layers, each analysed with those around it."""
    project = Project([str(folder)])
    for entry in find([str(folder)], Configs(None, True, lambda settings: settings)):
        if isinstance(entry, Problem):
            continue
        raw = read_bytes(entry.path)
        if not may_use_layers(raw, entry.path.endswith(".ipynb")):
            continue
        try:
            source = read_source(raw, entry.path)
        except SourceError:
            continue
        if uses_layers(source.program):
            along = project.along(entry, raw)
            yield Path(entry.path), read(source, along), along


def read(source: Source, along: Along | None) -> Reading:
    """A source and what the rules say of it."""
    program = replace(source.program, along=along)
    analysis = analyze(program, None)
    return Reading(source, analysis, analysis.diagnostics)


def rows(reading: Reading) -> list[tuple[int | None, int, str]]:
    """The rows of a source: cell, number, text."""
    units = reading.source.program.units
    return [
        (unit.cell, number, line)
        for unit in units
        for number, line in enumerate(unit.text.split("\n"), 1)
    ]


def strange(before: Reading, after: Reading, fixed: Diagnostic) -> int:
    """How many rows are other than before though the fix does not name them."""
    assert fixed.fix is not None
    old, new = rows(before), rows(after)
    texts = [(cell, text) for cell, _, text in old], [(cell, text) for cell, _, text in new]
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=False)
    changed = [
        new[number][:2]
        for how, _, _, first, last in matcher.get_opcodes()
        if how != "equal"
        for number in range(first, last)
    ]
    return len(set(changed) - rewritten(fixed.fix.edits))


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fixes", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder.resolve()
    offered: Counter[str] = Counter()
    failed = files = 0
    for path, reading, along in readings(folder):
        name = path.resolve().relative_to(folder)
        fixable = [each for each in reading.diagnostics if each.fix is not None]
        files += bool(fixable)
        for each in fixable:
            offered[each.code] += 1
            where = f"{name}:{f'cell {each.cell}:' if each.cell else ''}{each.span.start.row}"
            try:
                after = attempt(reading, [each], partial(read, along=along))
            except EditError as error:
                print(f"failed: {where} {each.code}: {error}")
                failed += 1
                continue
            odd = strange(reading, after, each)
            if odd:
                print(f"failed: {where} {each.code}: {odd} other rows changed")
                failed += 1
            was, now = (Counter(d.code for d in r.diagnostics) for r in (reading, after))
            for code, count in sorted((now - was).items()):
                print(f"shows: {where} {each.code}: {code} ({count})")
    kinds = ", ".join(f"{code} {count}" for code, count in sorted(offered.items()))
    print(f"{offered.total()} fixes in {files} files ({kinds}); {failed} failed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
