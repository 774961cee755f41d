"""Selecting from a tensor: ``t[...]``, select, narrow, index_select, gather, chunk and split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.marks import Mark, Stepwise
from shapeguard.axes.size import (
    UNKNOWN,
    Expr,
    Size,
    Unknown,
    add,
    same,
    symbols,
)
from shapeguard.axes.slicing import Slice, _half, cut, is_last, whole
from shapeguard.axes.striding import stepped
from shapeguard.axes.value import Source, Take, Tensor


def index(tensor: Tensor, keys: Sequence[Any], place: Place, base: Place) -> Tensor:
    """``tensor[keys]``. Keys are whole numbers, sizes, Slices, None, Ellipsis, Tensors or UNKNOWN.

    Where the number of axes is unknown, axes are counted from the left, and the result has no
    described axes.
    """
    if any(isinstance(key, Unknown) for key in keys):
        marks = tensor.padded(None).marks
        source = _inexact(tensor.source)
        return Tensor(source=source, marks=marks, made=tensor.made, by=tensor.by)
    wanted = sum(1 for key in keys if key is not None and key is not Ellipsis)
    walked = (*tensor.walked, *_walked(tensor, keys))
    if tensor.axes is None:
        front = _front(tensor, keys, place)
        chosen = replace(tensor, key="", last=None, ones=(), front=front, walked=walked)
        chosen = replace(chosen, strides=None)
        rows = len(keys) == 1 or all(isinstance(key, Slice) and whole(key) for key in keys)
        return chosen if rows else chosen.padded(None)
    if wanted > len(tensor.axes):
        return Tensor()
    spread: list[Any] = []
    for key in keys:
        if key is Ellipsis:
            spread += [Slice()] * (len(tensor.axes) - wanted)
        else:
            spread.append(key)
    spread += [Slice()] * (len(tensor.axes) - sum(1 for key in spread if key is not None))
    made: list[Axis | None] = []  # None where an index tensor stands
    strides: list[Size] | None = None if tensor.strides is None else []
    takes: list[Take] = []
    arrays: list[tuple[Axis, Tensor]] = []
    position = 0
    for key in spread:
        if key is None:
            made.append(Axis(size=1, inserted=place))
            if strides is not None:
                strides.append(1)
            continue
        axis = tensor.axes[position]
        if isinstance(key, Tensor) or vague(key) or (strides and strides[-1] is UNKNOWN):
            strides = None
        elif isinstance(key, Slice) and strides is not None and tensor.strides is not None:
            strides.append(stepped(tensor.strides[position], key.step))
        if not (isinstance(key, Slice) and key.whole):
            takes.append(Take(position, axis.role, key, place, base))
        if isinstance(key, Slice):
            made.append(cut(axis, key))
        elif isinstance(key, Tensor):
            made.append(None)
            arrays.append((axis, key))
        position += 1
    source = _taken(tensor.source, takes)
    batched = any(axis is not None and axis.role is Role.BATCH for axis in made)
    kept = not any(drops_padding(take, tensor, not batched) for take in takes)
    tensor = tensor if kept else stepwise(tensor, takes)
    axes = [axis for axis in made if axis is not None]
    if arrays:
        left = _array_axes(arrays)
        if left is None:
            last = made[-1] if isinstance(spread[-1], Slice) else None
            found = replace(tensor, axes=None, source=source, key="", last=last, strides=None)
            return found if kept else found.padded(None)
        first = made.index(None)
        together = made[first : first + len(arrays)] == [None] * len(arrays)
        at = first if together else 0  # torch puts them in front where something is in between
        axes[at:at] = left
    if any(vague(key) for key in keys):
        axes = [replace(axis, known=None, ident="") for axis in axes]
    laid = None if strides is None or UNKNOWN in strides else tuple(strides)
    found = replace(tensor, axes=tuple(axes), source=source, key="", last=None, walked=walked)
    found = replace(found, strides=laid)
    return found if kept else found.padded(None)


def _front(tensor: Tensor, keys: Sequence[Any], place: Place) -> tuple[Axis, ...]:
    """The first axes that ``t[keys]`` leaves of a tensor with any number of axes."""
    out: list[Axis] = []
    position = 0
    for key in keys:
        if key is Ellipsis or isinstance(key, (Tensor, Unknown)):
            return tuple(out)
        if key is None:
            out.append(Axis(size=1, inserted=place))
            continue
        if vague(key):
            return ()
        if isinstance(key, Slice):
            out.append(cut(tensor.axis(position), key))
        position += 1
    return (*out, *(tensor.axis(i) for i in range(position, max(len(tensor.front), position + 1))))


def vague(key: Any) -> bool:
    """Whether a key may be one position or many: a name of which nothing is known."""
    return isinstance(key, Expr) and not any(
        "@range" in name or ".size(" in name or "@len" in name for name in symbols(key)
    )


def _walked(tensor: Tensor, keys: Sequence[Any]) -> list[str]:
    """The axes along which a loop's counter goes."""
    found: list[str] = []
    position = 0
    for key in keys:
        if key is Ellipsis:
            break
        if key is None:
            continue
        at = key.start if isinstance(key, Slice) else key
        if isinstance(at, Expr) and any("@range" in name for name in symbols(at)):
            ident = tensor.axis(position).ident
            found += [ident] if ident else []
        position += 1
    return found


def stepwise(tensor: Tensor, takes: Sequence[Take]) -> Tensor:
    """One step after the other of a padded batch, where a loop goes through the steps."""
    padding, source = tensor.padding, tensor.source
    by = {take.role: take.index for take in takes}
    at, row = by.get(Role.TIME), by.get(Role.BATCH)
    if padding is None or source is None or not padding.batched or at is None or not _counts(at):
        return tensor
    if len(by) != len(takes) or not (row is None or _counts(row)):
        return tensor
    return tensor.marked(Stepwise(padding, source, at, row))


def _counts(key: Any) -> bool:
    """Whether a key is what a loop counts."""
    return isinstance(key, Expr) and any("@range" in name for name in symbols(key))


def drops_padding(take: Take, tensor: Tensor, alone: bool) -> bool:
    """Whether a selection takes single steps, which no longer are a padded sequence, or the steps
    that one sequence (``alone``) has."""
    if take.role is not Role.TIME:
        return False
    part = take.index
    if not isinstance(part, Slice) or not whole(part):
        return True
    if part.stop is not None and not isinstance(part.stop, int) and alone:
        return True  # one sequence, cut to its length
    return is_last(part, tensor.axis(take.axis))


def _array_axes(arrays: list[tuple[Axis, Tensor]]) -> list[Axis] | None:
    """The axes that index tensors leave in place of those they select on.

    An index for the samples and one for the steps choose one step of each sample: the batch
    stays. None where the index tensors do not tell.
    """
    ranks = [array.rank for _, array in arrays]
    sizes = [array.axis(-1).size for _, array in arrays]
    size = next((one for one in sizes if one is not UNKNOWN and one != 1), UNKNOWN)
    if any(isinstance(one, Unknown) for one in sizes) and len(sizes) == 1:
        size = UNKNOWN
    roles = [axis.role for axis, _ in arrays]
    if sorted(roles) == [Role.BATCH, Role.TIME] and all(rank in (1, None) for rank in ranks):
        return [Axis(Role.BATCH, size)]
    if roles == [Role.BATCH] and Mark.ORDER in arrays[0][1].marks and ranks[0] in (1, None):
        return [arrays[0][0]]  # the same samples in another order
    if None in ranks:
        return None
    if all(rank == 1 for rank in ranks):
        return [Axis(size=1 if all(one == 1 for one in sizes) else size)]
    return [Axis() for _ in range(max(rank for rank in ranks if rank is not None))]


def _taken(source: Source | None, takes: list[Take]) -> Source | None:
    if source is None or not takes:
        return source
    return replace(source, takes=source.takes + tuple(takes))


def _inexact(source: Source | None) -> Source | None:
    return None if source is None else replace(source, exact=False)


def gather(tensor: Tensor, dim: int, array: Tensor, place: Place, base: Place) -> Tensor:
    """``tensor.gather(dim, index)``: one index per sample on axis ``dim``, which stays.

    The other axes are as long as those of the index, taken as whole where it does not say.
    """
    if tensor.axes is None or not -len(tensor.axes) <= dim < len(tensor.axes):
        return Tensor()
    if array.axes is not None and len(array.axes) != len(tensor.axes):
        return Tensor()
    dim %= len(tensor.axes)
    axes: list[Axis] = []
    takes: list[Take] = []
    for i, axis in enumerate(tensor.axes):
        size = array.axis(i).size if array.axes is not None else UNKNOWN
        if i == dim:
            takes.append(Take(dim, axis.role, array, place, base))
            axes.append(Axis(Role.UNKNOWN, size))
        elif isinstance(size, Unknown) or same(size, axis.size):
            axes.append(axis)
        else:
            part = Slice(None, size)
            takes.append(Take(i, axis.role, part, place, base))
            axes.append(replace(cut(axis, part), size=size))
    source = _taken(tensor.source, takes)
    found = replace(tensor, axes=tuple(axes), source=source, key="").fresh()
    return found.padded(None) if tensor.axis(dim).role is Role.TIME else found


def parts(
    tensor: Tensor, dim: int, sizes: Sequence[Size], place: Place, base: Place
) -> tuple[Tensor, ...]:
    """One axis cut into adjacent parts of these sizes, as chunk and split do."""
    if tensor.axes is None or not -len(tensor.axes) <= dim < len(tensor.axes):
        return (Tensor(source=_inexact(tensor.source)),) * len(sizes)
    dim %= len(tensor.axes)
    axis = tensor.axes[dim]
    even = len(axis.halves) == len(sizes) and all(size == sizes[0] for size in sizes)
    out = []
    start: Size = 0
    for number, size in enumerate(sizes):
        part = Slice(start, add(start, size))
        kept = axis.halves[number : number + 1] if even else _half(axis, part)
        source = _taken(tensor.source, [Take(dim, axis.role, part, place, base)])
        part_axis = replace(axis, size=size, halves=kept, merged=())
        axes = (*tensor.axes[:dim], part_axis, *tensor.axes[dim + 1 :])
        found = replace(tensor, axes=axes, source=source, key="", last=None)
        out.append(found.padded(None) if axis.role is Role.TIME else found)
        start = part.stop
    return tuple(out)
