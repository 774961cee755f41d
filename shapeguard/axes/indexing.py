"""Selecting from a tensor: ``t[...]``, select, narrow, index_select, gather, chunk and split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shapeguard.axes.size import UNKNOWN, Size, Unknown, add, divide, mul, same
from shapeguard.axes.value import Axis, Half, Mark, Place, Role, Source, Take, Tensor


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
    """Whether an index certainly means the last position of the axis."""
    if isinstance(index, Slice):
        return index.stop is None and is_last(index.start, axis)
    if isinstance(index, Tensor):
        return Mark.MINUS_ONE in index.marks
    if isinstance(index, bool) or index is None:
        return False
    return bool(index == -1) or (axis.size is not UNKNOWN and same(index, add(axis.size, 1, -1)))


def index(tensor: Tensor, keys: Sequence[Any], place: Place, base: Place) -> Tensor:
    """``tensor[keys]``. Keys are whole numbers, sizes, Slices, None, Ellipsis, Tensors or UNKNOWN.

    Where the number of axes is unknown, axes are counted from the left, and the result has no
    described axes.
    """
    if any(isinstance(key, Unknown) for key in keys):
        return Tensor(source=_inexact(tensor.source))
    wanted = sum(1 for key in keys if key is not None and key is not Ellipsis)
    if tensor.axes is None:
        return Tensor(marks=tensor.marks, source=tensor.source)
    if wanted > len(tensor.axes):
        return Tensor()
    spread: list[Any] = []
    for key in keys:
        if key is Ellipsis:
            spread += [Slice()] * (len(tensor.axes) - wanted)
        else:
            spread.append(key)
    spread += [Slice()] * (len(tensor.axes) - sum(1 for key in spread if key is not None))
    axes: list[Axis] = []
    takes: list[Take] = []
    position = 0
    arrays = [key for key in spread if isinstance(key, Tensor)]
    joined = False
    for key in spread:
        if key is None:
            axes.append(Axis(size=1))
            continue
        axis = tensor.axes[position]
        if isinstance(key, Slice):
            if not key.whole:
                takes.append(Take(position, axis.role, key, place, base))
            axes.append(cut(axis, key))
        elif isinstance(key, Tensor):
            takes.append(Take(position, axis.role, key, place, base))
            if not joined:
                joined = True
                axes += _array_axes(tensor, arrays, spread)
        else:
            takes.append(Take(position, axis.role, key, place, base))
        position += 1
    return replace(tensor, axes=tuple(axes), source=_taken(tensor.source, takes), key="", last=None)


def _array_axes(tensor: Tensor, arrays: list[Tensor], spread: list[Any]) -> list[Axis]:
    """The axes that index tensors leave: the batch stays batch where one index is its range."""
    assert tensor.axes is not None
    places = [i for i, key in enumerate([k for k in spread if k is not None]) if key in arrays]
    roles = {tensor.axes[i].role for i in places if i < len(tensor.axes)}
    if len(arrays) == 2 and roles == {Role.BATCH, Role.TIME}:
        return [next(tensor.axes[i] for i in places if tensor.axes[i].role is Role.BATCH)]
    rank = max((array.rank if array.rank is not None else 1) for array in arrays)
    return [Axis() for _ in range(rank)]


def cut(axis: Axis, part: Slice) -> Axis:
    """An axis after a slice: its size where that is known, and the directions it still holds."""
    if part.whole:
        return axis
    if part.step not in (None, 1):
        return Axis(axis.role)
    return Axis(axis.role, _length(axis.size, part), _half(axis, part))


def _length(size: Size, part: Slice) -> Size:
    start, stop = part.start, part.stop
    if isinstance(start, Unknown) or isinstance(stop, Unknown):
        return UNKNOWN
    if start in (None, 0):
        if isinstance(stop, int) and stop < 0:
            return add(size, stop)
        return stop if stop is not None else size
    if stop is None:
        if isinstance(start, int):
            return -start if start < 0 else add(size, start, -1)
        return add(size, start, -1)
    if isinstance(start, int) and isinstance(stop, int) and (start < 0) == (stop < 0):
        return max(stop - start, 0)
    if not isinstance(start, int) or start >= 0:
        return add(stop, start, -1)
    return UNKNOWN


def _half(axis: Axis, part: Slice) -> tuple[Half, ...]:
    if len(axis.halves) < 2:
        return axis.halves
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


def _taken(source: Source | None, takes: list[Take]) -> Source | None:
    if source is None or not takes:
        return source
    return replace(source, takes=source.takes + tuple(takes))


def _inexact(source: Source | None) -> Source | None:
    return None if source is None else replace(source, exact=False)


def gather(tensor: Tensor, dim: int, array: Tensor, place: Place, base: Place) -> Tensor:
    """``tensor.gather(dim, index)``: one index per sample on axis ``dim``, which stays."""
    if tensor.axes is None or not -len(tensor.axes) <= dim < len(tensor.axes):
        return Tensor()
    dim %= len(tensor.axes)
    take = Take(dim, tensor.axes[dim].role, array, place, base)
    axes = list(tensor.axes)
    axes[dim] = Axis(Role.UNKNOWN, array.axis(dim).size if array.axes is not None else UNKNOWN)
    return replace(tensor, axes=tuple(axes), source=_taken(tensor.source, [take]), key="")


def parts(tensor: Tensor, dim: int, count: int) -> tuple[Tensor, ...]:
    """``chunk(count, dim)``: equal shares of an axis; two of a feature axis are its halves."""
    if tensor.axes is None or not -len(tensor.axes) <= dim < len(tensor.axes):
        return (Tensor(source=_inexact(tensor.source)),) * count
    axis = tensor.axes[dim]
    dim %= len(tensor.axes)
    size = divide(axis.size, count)
    out = []
    for number in range(count):
        kept = axis.halves[number : number + 1] if len(axis.halves) == count else ()
        axes = list(tensor.axes)
        axes[dim] = Axis(axis.role, size, kept)
        out.append(replace(tensor, axes=tuple(axes), key=""))
    return tuple(out)
