"""Operations that compute: joining tensors, arithmetic with broadcasting, reductions, layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapeguard.axes.size import UNKNOWN, Size, add, mul, same
from shapeguard.axes.value import STATE_ROLES, Axis, Half, Mark, Role, Source, Tensor


def inexact(source: Source | None) -> Source | None:
    """The same origin, computed with."""
    return None if source is None else replace(source, exact=False)


def traces(*tensors: Tensor) -> frozenset[Mark]:
    """The marks that whatever is computed from the tensors has, too."""
    return frozenset(mark for tensor in tensors for mark in tensor.marks if mark is Mark.REVERSED)


def cat(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Tensors side by side on one axis; directions stand side by side on a feature axis."""
    first = tensors[0]
    if any(t.axes is None or len(t.axes) != first.rank for t in tensors):
        return Tensor(marks=traces(*tensors))
    assert first.axes is not None
    rank = len(first.axes)
    if not -rank <= dim < rank:
        return Tensor(marks=traces(*tensors))
    dim %= rank
    axes = list(first.axes)
    for other in tensors[1:]:
        axes = [_agree(axes[i], other.axis(i)) if i != dim else axes[i] for i in range(rank)]
    size: Size = 0
    for tensor in tensors:
        size = add(size, tensor.axis(dim).size)
    role = first.axes[dim].role
    if any(t.axis(dim).role is not role for t in tensors) or role in STATE_ROLES:
        role = Role.UNKNOWN
    axes[dim] = Axis(role, size, _side_by_side([t.axis(dim) for t in tensors]))
    return Tensor(tuple(axes), source=mixture(tensors), marks=traces(*tensors))


MIXTURE = "mixture"
"""The slot of what was joined from a call's results: no slot of the call."""


def mixture(tensors: Sequence[Tensor]) -> Source | None:
    """Where joined tensors come from, if from one call."""
    calls = {id(t.source.call): t.source.call for t in tensors if t.source is not None}
    return Source(next(iter(calls.values())), MIXTURE, exact=False) if len(calls) == 1 else None


def _side_by_side(axes: Sequence[Axis]) -> tuple[Half, ...]:
    """The directions on joined axes, where each gets an equal share."""
    halves = tuple(half for axis in axes for half in axis.halves)
    if not all(axis.halves for axis in axes):
        return ()
    if len(set(halves)) == 1:
        return halves[:1]
    first = axes[0]
    even = all(
        same(mul(axis.size, len(first.halves)), mul(first.size, len(axis.halves))) for axis in axes
    )
    return halves if even else ()


def _agree(a: Axis, b: Axis) -> Axis:
    if a == b:
        return a
    size = a.size if a.size is not UNKNOWN else b.size
    return Axis(
        a.role if a.role is b.role else Role.UNKNOWN, size, a.halves if a.halves == b.halves else ()
    )


def stack(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Tensors along a new axis."""
    first = tensors[0]
    if first.axes is None or any(t.rank != first.rank for t in tensors):
        return Tensor(marks=traces(*tensors))
    rank = len(first.axes) + 1
    if not -rank <= dim < rank:
        return Tensor(marks=traces(*tensors))
    dim %= rank
    axes = list(first.axes)
    for other in tensors[1:]:
        axes = [_agree(axes[i], other.axis(i)) for i in range(rank - 1)]
    axes.insert(dim, Axis(Role.UNKNOWN, len(tensors)))
    return Tensor(tuple(axes), marks=traces(*tensors))


def arithmetic(a: Tensor, b: Tensor) -> Tensor:
    """a + b and the like: axes of size 1 give way; what both describe must agree to be kept."""
    if a.axes is None or b.axes is None:
        kept = a if a.axes is not None else b
        if kept.axes is None or kept.source is None:
            return Tensor(marks=traces(a, b))
        marks = kept.marks | traces(a, b)
        return Tensor(kept.axes, source=inexact(kept.source), marks=marks)
    long, short = (a, b) if len(a.axes) >= len(b.axes) else (b, a)
    assert long.axes is not None
    assert short.axes is not None
    offset = len(long.axes) - len(short.axes)
    axes = list(long.axes[:offset])
    for one, two in zip(long.axes[offset:], short.axes, strict=False):
        axes.append(_broadcast(one, two))
    source = a.source if a.source is not None else b.source
    if a.source is not None and b.source is not None and a.source.call is not b.source.call:
        source = None
    return Tensor(tuple(axes), source=inexact(source), marks=a.marks | b.marks)


def _broadcast(a: Axis, b: Axis) -> Axis:
    if a.size == 1:
        return b
    if b.size == 1:
        return a
    role = (
        a.role
        if b.role in (a.role, Role.UNKNOWN)
        else b.role
        if a.role is Role.UNKNOWN
        else Role.UNKNOWN
    )
    halves = a.halves or b.halves
    if a.halves and b.halves and a.halves != b.halves:
        halves = (Half.BOTH,)
    return Axis(role, a.size if a.size is not UNKNOWN else b.size, halves)


def reduce(tensor: Tensor, dims: Sequence[int] | None, keep: bool) -> Tensor:
    """sum, mean, max and the like over some axes; None means over all."""
    if dims is None:
        return Tensor(())
    if tensor.axes is None:
        return Tensor(source=inexact(tensor.source))
    rank = len(tensor.axes)
    if any(not -rank <= dim < rank for dim in dims):
        return Tensor()
    gone = {dim % rank for dim in dims}
    axes = [
        Axis(size=1) if i in gone else axis
        for i, axis in enumerate(tensor.axes)
        if keep or i not in gone
    ]
    pooled_directions = any(tensor.axes[i].role is Role.DIRECTION for i in gone)
    if pooled_directions and axes and axes[-1].role is Role.FEATURE:
        axes[-1] = replace(axes[-1], halves=(Half.BOTH,))
    return Tensor(tuple(axes), source=inexact(tensor.source), marks=tensor.marks)


def linear(tensor: Tensor, out_features: Size) -> Tensor:
    """nn.Linear: the last axis is replaced; directions on it are read together."""
    last = tensor.axis(-1)
    together = (
        (Half.BOTH,) if Half.BACKWARD in last.halves or Half.BOTH in last.halves else last.halves
    )
    made = Axis(Role.FEATURE, out_features, together)
    if tensor.axes is None:
        source = inexact(tensor.source)
        return Tensor(key=tensor.key, last=made, source=source, marks=traces(tensor))
    return Tensor((*tensor.axes[:-1], made), source=inexact(tensor.source), marks=tensor.marks)


def embedding(tensor: Tensor, size: Size) -> Tensor:
    """nn.Embedding: the layout of the ids stays, a feature axis is added at the end."""
    made = Axis(Role.FEATURE, size)
    if tensor.axes is None:
        return Tensor(key=tensor.key, last=made)
    return Tensor((*tensor.axes, made))


def join(a: Tensor, b: Tensor) -> Tensor:
    """What is known of a tensor that is one or the other."""
    source = a.source if _same_origin(a.source, b.source) else None
    key = a.key if a.key == b.key else ""
    last = a.last if a.last == b.last else None
    marks = (a.marks & b.marks) | traces(a, b)
    if a.axes is None or b.axes is None or len(a.axes) != len(b.axes):
        return Tensor(source=source, key=key, last=last, marks=marks)
    axes = tuple(
        one
        if one == two
        else Axis(
            one.role if one.role is two.role else Role.UNKNOWN,
            one.size if same(one.size, two.size) else UNKNOWN,
            one.halves if one.halves == two.halves else (),
        )
        for one, two in zip(a.axes, b.axes, strict=False)
    )
    return Tensor(axes, key, source, marks, last)


def _same_origin(a: Source | None, b: Source | None) -> bool:
    if a is None or b is None:
        return False
    if a == b:
        return True
    return a.call.rnn is b.call.rnn and a.slot == b.slot and len(a.takes) == len(b.takes)
