"""Fixes made: in passes, each judged by a new analysis, until nothing is left to fix.

A pass is kept only if its result parses and every finding it was made for is gone. Otherwise its
fixes are tried one at a time, and those that fail are refused with the reason.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from shapeguard.lint.diagnostic import Analysis, Diagnostic, Edit, Fix, Span
from shapeguard.lint.source import EditError, Source, SourceError, read_source

MAX_PASSES = 10


@dataclass(frozen=True, slots=True)
class Reading:
    """A source, its analysis, and the diagnostics of it that are reported."""

    source: Source
    analysis: Analysis
    diagnostics: tuple[Diagnostic, ...]


Read = Callable[[Source], Reading]


@dataclass
class Fixed:
    """What fixing a source came to; `refused` holds (diagnostic, reason)."""

    before: Source
    after: Reading
    applied: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Diagnostic, str]] = field(default_factory=list)
    settled: bool = True

    @property
    def changed(self) -> bool:
        """Whether the bytes differ."""
        return self.before.raw != self.after.source.raw


def applicable(fix: Fix | None, unsafe: bool) -> bool:
    """Whether a fix may be made without asking again."""
    return fix is not None and (unsafe or fix.applicability == "safe")


def fix_source(reading: Reading, read: Read, unsafe: bool) -> Fixed:
    """Apply the fixes of a source, over and over, until none is left."""
    result = Fixed(reading.source, reading)
    refused: set[object] = set()

    def still_open() -> list[Diagnostic]:
        source = result.after.source
        return [
            each
            for each in result.after.diagnostics
            if applicable(each.fix, unsafe) and _identity(source, each) not in refused
        ]

    for _ in range(MAX_PASSES):
        current = result.after
        chosen = _compatible(still_open())
        if not chosen:
            break
        try:
            _accept(result, attempt(current, chosen, read), chosen)
            continue
        except EditError:
            pass
        for each in chosen:
            try:
                after = attempt(current, [each], read)
            except EditError as error:
                refused.add(_identity(current.source, each))
                result.refused.append((each, str(error)))
            else:
                _accept(result, after, [each])
                break
    result.settled = not still_open()
    return result


def _accept(result: Fixed, after: Reading, chosen: Sequence[Diagnostic]) -> None:
    """Take over a pass. Findings that shared a fix, or went with it, count as fixed by it."""
    result.applied.update(each.code for each in chosen)
    edits = {each.fix.edits for each in chosen if each.fix}
    taken = set(map(id, chosen))
    for each in result.after.diagnostics:
        if each.fix and each.fix.edits in edits and id(each) not in taken:
            result.applied[each.code] += 1
    result.after = after


def attempt(current: Reading, chosen: Sequence[Diagnostic], read: Read) -> Reading:
    """The reading after the fixes, or EditError with the reason why it cannot stand."""
    edits = [edit for each in chosen if each.fix for edit in each.fix.edits]
    raw = current.source.rewrite(edits)
    filename = current.source.program.filename
    try:
        source = read_source(raw, filename)
    except SourceError as error:
        raise EditError(f"its result cannot be read: {error}") from None
    _check_syntax(current.source, source)
    after = read(source)
    if after.analysis.error is not None:
        raise EditError(f"its result does not parse: {after.analysis.error}")
    new = {each.cell for each in after.analysis.skipped}
    if not new <= {each.cell for each in current.analysis.skipped}:
        raise EditError("its result does not parse")
    # What only shows once this is fixed stands on other rows, and is no reason against it.
    touched = rewritten(edits) | {_moved(edits, d.cell, d.span.start.row) for d in chosen}
    was = Counter(
        d.code for d in current.diagnostics if _moved(edits, d.cell, d.span.start.row) in touched
    )
    still = Counter(d.code for d in after.diagnostics if (d.cell, d.span.start.row) in touched)
    for code, fixed in Counter(d.code for d in chosen).items():
        if still[code] > was[code] - fixed:
            raise EditError("the finding is still reported after it")
    return after


Row = tuple[int | None, int]
"""A row of a file, or of one of a notebook's cells."""


def _moved(edits: Iterable[Edit], cell: int | None, row: int) -> Row:
    """Where a row stands once the edits above it are made."""
    above = [each for each in edits if each.cell == cell and each.span.start.row < row]
    return cell, row + sum(_grows(each) for each in above)


def rewritten(edits: Sequence[Edit]) -> set[Row]:
    """The rows that edits leave behind, once all are made."""
    found: set[Row] = set()
    for each in edits:
        cell, first = _moved(edits, each.cell, each.span.start.row)
        found |= {(cell, first + number) for number in range(each.content.count("\n") + 1)}
    return found


def _grows(edit: Edit) -> int:
    """How many rows an edit adds."""
    return edit.content.count("\n") - (edit.span.end.row - edit.span.start.row)


def _check_syntax(before: Source, after: Source) -> None:
    """EditError where a unit that Python parsed does not parse any more."""
    old = {unit.cell: unit.text for unit in before.program.units}
    for unit in after.program.units:
        was = old.get(unit.cell)
        if was != unit.text and _parses(was or "") and not _parses(unit.text):
            raise EditError("its result does not parse")


def _parses(text: str) -> bool:
    import ast
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _compatible(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics whose fixes do not touch each other; the earlier ones win."""
    chosen: list[Diagnostic] = []
    taken: list[Edit] = []
    for each in sorted(diagnostics, key=_place):
        edits = each.fix.edits if each.fix else ()
        if not any(_touch(new, old) for new in edits for old in taken):
            chosen.append(each)
            taken += edits
    return chosen


def _place(diagnostic: Diagnostic) -> tuple[list[tuple[int, Span]], tuple[object, ...]]:
    edits = diagnostic.fix.edits if diagnostic.fix else ()
    return sorted((edit.cell or 0, edit.span) for edit in edits), diagnostic.sort_key


def _touch(one: Edit, other: Edit) -> bool:
    if one.cell != other.cell:
        return False
    return one.span.start <= other.span.end and other.span.start <= one.span.end


def _identity(source: Source, diagnostic: Diagnostic) -> object:
    """What stays the same about a finding while rows move."""
    lines = source.program.text(diagnostic.cell).split("\n")
    row = diagnostic.span.start.row
    line = lines[row - 1].strip() if 0 < row <= len(lines) else ""
    contents = tuple(edit.content for edit in diagnostic.fix.edits) if diagnostic.fix else ()
    return diagnostic.code, diagnostic.cell, line, contents


def write_file(path: str, before: bytes, after: bytes) -> None:
    """Replace the bytes of a file at once, keeping its permissions. A link stays a link. OSError
    if the file is no longer what it was."""
    import tempfile

    target = os.path.realpath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".shapeguard-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        with open(target, "r+b") as file:  # what may not be written is not replaced either
            if file.read() != before:
                raise OSError(errno.EBUSY, "it changed while it was being fixed")
        os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
