"""Tensors whose number of axes is not known: what operations leave of their first axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.size import Size, product, same
from shapeguard.axes.value import Source, Tensor


def lost(source: Source | None) -> Source | None:
    """The same origin, whose values are no longer told apart."""
    return None if source is None else replace(source, exact=False)


def merge(axes: Sequence[Axis]) -> Axis:
    """Adjacent axes as one: the role survives where the others have size 1."""
    real = [axis for axis in axes if axis.size != 1]
    if len(real) == 1:
        return real[0]
    inner = tuple(part for axis in real for part in axis.merged or (axis,))
    return Axis(Role.UNKNOWN, product([axis.size for axis in axes]), merged=inner)


def moved(tensor: Tensor, first: int, second: int) -> Tensor:
    """Two of the first axes change places, of a tensor with any number of axes."""
    if not (0 <= first < 4 and 0 <= second < 4):
        return Tensor(source=lost(tensor.source), marks=tensor.marks)
    front = [tensor.axis(i) for i in range(max(len(tensor.front), first + 1, second + 1))]
    front[first], front[second] = front[second], front[first]
    last = tensor.last if max(first, second) < 2 else None
    source = lost(tensor.source)
    return replace(tensor, front=tuple(front), last=last, source=source, strides=None)


def flattened(tensor: Tensor, start: int, end: int) -> Tensor:
    """The first axes become one, or all from one of them on, of a tensor with any number."""
    if end == -1 and start in (0, 1):
        axes = described(tensor, start + 1)
        rest = Axis(merged=(*axes[start:], Axis()))
        return Tensor((*axes[:start], rest), source=lost(tensor.source), marks=tensor.marks)
    if not 0 <= start < end < 4:
        return Tensor(source=lost(tensor.source), marks=tensor.marks)
    axes = [tensor.axis(i) for i in range(max(len(tensor.front), end + 1))]
    front = (*axes[:start], merge(axes[start : end + 1]), *axes[end + 1 :])
    return Tensor(source=lost(tensor.source), marks=tensor.marks, front=front, last=tensor.last)


def described(tensor: Tensor, least: int) -> list[Axis]:
    """The first axes, as far as they can be told apart."""
    told = 2 if tensor.key else len(tensor.front)
    return [tensor.axis(i) for i in range(max(told, len(tensor.front), least))]


def viewed(tensor: Tensor, sizes: Sequence[Size], made: list[Axis]) -> list[Axis]:
    """The axes of a view, those in front matched with what is known of the tensor's first axes."""
    out = list(made)
    at = 0
    for i, size in enumerate(sizes):
        if size == 1:
            continue
        axis = tensor.axis(at)
        if same(axis.size, size):
            out[i] = axis
            at += 1
            continue
        two = [axis, tensor.axis(at + 1)]
        if same(product([one.size for one in two]), size):
            out[i] = merge(two)
            at += 2
            continue
        count = len(axis.merged)
        if count > 1 and tuple(sizes[i : i + count]) == tuple(x.size for x in axis.merged):
            out[i : i + count] = axis.merged
        all_of_it = len(sizes) == 1
        if len(sizes) == 2 and i == 0 and tensor.last is not None:
            all_of_it = same(sizes[1], tensor.last.size)
        if all_of_it and size == -1:
            out[i] = Axis(merged=(*described(tensor, 1), Axis()))
        break
    return out
