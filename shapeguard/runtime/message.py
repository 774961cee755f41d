"""The text of a problem: what, where, the axes by name, why, and now what."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from shapeguard.runtime.problem import Binding, Cause, Problem, Suspicion
from shapeguard.runtime.where import Place, shown

WIDTH = 96


def of_problem(problem: Problem, layer: str, place: Place | None, rank: int | None) -> str:
    """The whole text of a ShapeError."""
    lines = _wrapped("", _headline(problem, layer))
    if rank is not None:
        lines.append(f"  on rank {rank}")
    if place is not None:
        lines += _location(place)
    table = list(_table(problem))
    if table:
        lines += ["", *table]
    bindings = _telling(problem)
    if bindings:
        lines += ["", *_bindings(bindings)]
    for number, cause in enumerate(problem.causes):
        lines += ["", *_cause(cause, "Why" if not number else "Or")]
    return "\n".join(lines)


def of_suspicion(suspicion: Suspicion, layer: str) -> str:
    """The whole text of a ShapeWarning, without its place: `warnings` prints that."""
    head = f"{suspicion.code} {suspicion.name}: "
    subject = f"{layer}: " if layer else ""
    return "\n".join([f"{head}{subject}{suspicion.summary}", *_cause(suspicion.cause, "Why")])


def _headline(problem: Problem, layer: str) -> str:
    code = f"{problem.code} " if problem.code else ""
    subject = " of ".join(part for part in (problem.slot, layer) if part)
    summary = problem.summary.removesuffix(".")
    return f"{code}{subject}: {summary}" if subject else f"{code}{summary}"


def _location(place: Place) -> Iterator[str]:
    yield f"  at {shown(place.file)}:{place.line}, in {place.function}"
    if place.source:
        yield f"    {place.source}"


def _table(problem: Problem) -> Iterator[str]:
    """Expected and got under the axis names, with marks below the axes that differ."""
    expected, got = problem.expected, problem.got
    if not (isinstance(expected, tuple) and isinstance(got, tuple)):
        if expected is not None and got is not None:
            yield from _wrapped("  expected  ", str(expected), 12)
            yield from _wrapped("  got       ", str(got), 12)
        return
    rows = [
        list(problem.axes),
        ["any" if size is None else str(size) for size in expected],
        [str(size) for size in got],
    ]
    if len(got) != len(expected):  # no axis of the one stands for an axis of the other
        yield f"  expected  {_tuple(rows[1])}: {', '.join(rows[0])}"
        yield f"  got       {_tuple(rows[2])}"
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heads = ("axes", "expected", "got")
    for head, row in zip(heads, rows, strict=True):
        cells = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {head:<9} {'  '.join(cells)}".rstrip()
    marks = (
        ("^" * width if axis in problem.differs else " " * width)
        for axis, width in zip(problem.axes, widths, strict=True)
    )
    yield f"  {'':<9} {'  '.join(marks)}".rstrip()


def _tuple(sizes: list[str]) -> str:
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _telling(problem: Problem) -> tuple[Binding, ...]:
    """The bindings that a reader needs: of the axes that differ, where some are known to."""
    if not problem.differs:
        return problem.bindings
    return tuple(binding for binding in problem.bindings if binding.axis in problem.differs)


def _bindings(bindings: tuple[Binding, ...]) -> Iterator[str]:
    width = max(len(f"{binding.axis} = {binding.size}") for binding in bindings)
    for binding in bindings:
        yield f"  {f'{binding.axis} = {binding.size}':<{width}}  {binding.origin}"


def _cause(cause: Cause, head: str) -> Iterator[str]:
    yield from _wrapped(f"  {head}: ", cause.why)
    lines = cause.cure.splitlines()
    if len(lines) == 1:
        yield f"  Do: {lines[0]}"
    elif lines:
        yield "  Do:"
        yield from (f"      {line}" for line in lines)
    if cause.avoid:
        yield from _wrapped("  Do not: ", cause.avoid)


def _wrapped(head: str, text: str, indent: int = 6) -> list[str]:
    return textwrap.wrap(
        head + text,
        width=WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
