"""Slices: what part of an axis they keep, and how an axis is cut into parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from shapeguard.axes.axis import Axis, Half
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import (
    UNKNOWN,
    Expr,
    Size,
    Unknown,
    add,
    divide,
    exceeds,
    mul,
    multiple,
    reaches,
    same,
    symbol,
    symbols,
)
from shapeguard.axes.value import Tensor


@dataclass(frozen=True)
class Slice:
    """``start:stop:step``; None where absent, UNKNOWN where computed."""

    start: Any = None
    stop: Any = None
    step: Any = None

    @property
    def whole(self) -> bool:
        """Whether everything is kept, in order."""
        return self.start in (None, 0) and self.stop is None and self.step in (None, 1)


def is_last(index: Any, axis: Axis) -> bool:
    """Whether an index or slice certainly means the last position of the axis and no other."""
    if isinstance(index, Slice):
        to_end = index.stop is None or same(index.stop, axis.size)
        return to_end and index.step in (None, 1) and is_last(index.start, axis)
    if isinstance(index, Tensor):
        return Mark.MINUS_ONE in index.marks
    if isinstance(index, bool) or index is None:
        return False
    return bool(index == -1) or (axis.size is not UNKNOWN and same(index, add(axis.size, 1, -1)))


def whole(part: Slice) -> bool:
    """Whether a slice keeps its axis from some step on, in order."""
    start = part.start
    counted = start is None or (isinstance(start, int) and start >= 0)
    return counted and part.step in (None, 1)


def cut(axis: Axis, part: Slice) -> Axis:
    """An axis after a slice: its size where that is known, and the directions it still holds."""
    if part.whole:
        return axis
    if part.step not in (None, 1):
        return replace(axis, size=UNKNOWN, halves=(), merged=())
    length, half = _length(axis.size, part), _half(axis, part)
    return replace(axis, size=length, halves=half, merged=())


def _length(size: Size, part: Slice) -> Size:
    """How many positions a slice keeps: UNKNOWN where it may reach past an end."""
    hidden = isinstance(size, Unknown)
    whole: Size = symbol("?") if hidden else size  # any axis has at least one position
    start = _clamped(whole, part.start, 0)
    stop = _clamped(whole, part.stop, whole)
    if reaches(start, stop):
        return 0
    length = add(stop, start, -1) if reaches(stop, start) else UNKNOWN
    return UNKNOWN if hidden and isinstance(length, Expr) and "?" in symbols(length) else length


def _clamped(size: Size, end: Any, absent: Size) -> Size:
    """Where one end of a slice falls: within the axis, counted from its start."""
    if end is None:
        return absent
    if exceeds(0, end):
        end = add(size, end)
        return 0 if reaches(0, end) else end if reaches(end, 0) else UNKNOWN
    if not reaches(end, 0):
        return UNKNOWN
    return size if reaches(end, size) else end if reaches(size, end) else UNKNOWN


def _half(axis: Axis, part: Slice) -> tuple[Half, ...]:
    if len(set(axis.halves)) == 1:
        return axis.halves[:1]
    if len(axis.halves) != 2:
        return ()
    half = divide(axis.size, 2)
    start_half = same(part.start, half) if part.start is not None else False
    if part.start in (None, 0) and part.stop is not None and same(part.stop, half):
        return axis.halves[:1]
    if part.start in (None, 0) and part.stop is not None and same(part.stop, mul(half, -1)):
        return axis.halves[:1]
    if part.stop is None and (start_half or same(part.start, mul(half, -1))):
        return axis.halves[1:]
    if start_half and same(part.stop, axis.size):
        return axis.halves[1:]
    return ()


def shares(axis: Axis, count: int) -> list[Size]:
    """The sizes that ``chunk(count)`` cuts an axis into: equal ones, but the last may be less."""
    if isinstance(axis.size, int):
        return portions(axis, max(-(-axis.size // count), 1)) or [0]
    exact = multiple(axis.size, count) or len(axis.halves) == count
    return [divide(axis.size, count) if exact else UNKNOWN] * count


def portions(axis: Axis, each: Size) -> list[Size] | None:
    """The sizes that ``split(each)`` cuts an axis into; None where their number is unknown."""
    if isinstance(axis.size, int) and isinstance(each, int) and each > 0:
        return [min(each, axis.size - start) for start in range(0, axis.size, each)]
    count = divide(axis.size, each)
    return [each] * count if isinstance(count, int) and same(mul(each, count), axis.size) else None
