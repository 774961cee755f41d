"""Operations that compute: joining tensors, arithmetic with broadcasting, reductions, layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shapeguard.axes.axis import STATE_ROLES, Axis, Half, Role
from shapeguard.axes.marks import Mark, Piece, Regrouped, Reordered, Stepwise, Trace, past
from shapeguard.axes.placing import Placed
from shapeguard.axes.severing import Severed
from shapeguard.axes.size import UNKNOWN, Size, add, mul, same
from shapeguard.axes.value import Source, Tensor


def inexact(source: Source | None) -> Source | None:
    """The same origin, computed with."""
    return None if source is None else replace(source, exact=False)


def traces(*tensors: Tensor) -> frozenset[Trace]:
    """The marks that whatever is computed from the tensors has, too."""
    kept = (Mark.REVERSED, Mark.RECURRENT, Mark.CUT)
    return frozenset(
        past(mark)
        for tensor in tensors
        for mark in tensor.marks
        if mark in kept or isinstance(mark, (Regrouped, Placed, Stepwise))
    ) | severed(*tensors)


def lasting(*tensors: Tensor) -> frozenset[Trace]:
    """The same marks but for those that may be others on each way to a tensor."""
    other = (Placed, Stepwise)
    return frozenset(mark for mark in traces(*tensors) if not isinstance(mark, other))


def severed(*tensors: Tensor) -> frozenset[Trace]:
    """Where tensors were cut from the graph, if nothing recurrent among them still hangs on it."""
    found: set[Trace] = set()
    for tensor in tensors:
        cuts = {mark for mark in tensor.marks if isinstance(mark, Severed)}
        if Mark.RECURRENT in tensor.marks and not cuts:
            return frozenset()
        found |= cuts
    return frozenset(found)


def steps(tensor: Tensor) -> frozenset[Trace]:
    """The mark of what was computed from the steps of a padded batch one by one, if it is that."""
    return frozenset() if tensor.stepwise is None else frozenset({tensor.stepwise})


def filled(*tensors: Tensor) -> frozenset[Trace]:
    """The padding of tensors, step by step computed with: still there, but of unknown value."""
    found = next((t.padding for t in tensors if t.padding is not None), None)
    return frozenset() if found is None else frozenset({replace(found, value=UNKNOWN)})


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
    marks = traces(*tensors) | (filled(*tensors) if dim == rank - 1 else frozenset())
    return Tensor(tuple(axes), source=mixture(tensors), marks=marks).fresh()


MIXTURE = "mixture"
"""The slot of what was joined from a call's results: no slot of the call."""


def mixture(tensors: Sequence[Tensor]) -> Source | None:
    """Where joined tensors come from, if from one call; of several, the one whose steps are padded.

    A decoder's state beside what it attends to comes from another call, and has no steps.
    """
    calls = {id(t.source.call): t.source.call for t in tensors if t.source is not None}
    if len(calls) > 1:
        filled_up = [t.source.call for t in tensors if t.source and t.padding is not None]
        calls = {id(call): call for call in filled_up}
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
    known = [axis.role for axis in (a, b) if axis.role is not Role.UNKNOWN]
    role = known[0] if len(set(known)) == 1 else Role.UNKNOWN
    return Axis(role, size, a.halves if a.halves == b.halves else ())


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
    return Tensor(tuple(axes), marks=traces(*tensors)).fresh()


def collected(item: Tensor, name: str, dim: int) -> Tensor:
    """Any number of tensors that all look like ``item``, by stack or cat."""
    made = (stack if name == "stack" else cat)([item, item], dim)
    if made.axes is None:
        return Tensor(marks=made.marks)
    at = dim % len(made.axes)
    many = replace(made.axes[at], size=UNKNOWN, halves=())
    source = None if made.source is None else replace(made.source, exact=False)
    axes = (*made.axes[:at], many, *made.axes[at + 1 :])
    return replace(made, axes=axes, source=source)


def arithmetic(a: Tensor, b: Tensor) -> Tensor:
    """a + b and the like: axes of size 1 give way; what both describe must agree to be kept.

    One of them may be a mask: the result is padded where both are, and where one is the same for
    all steps of the other.
    """
    if any(not t.stepwise and Mark.RECURRENT not in t.marks for t in (a, b)):
        a, b = a.unstepped(), b.unstepped()  # the other one may be a mask
    both = filled(a, b) if a.padding is not None and b.padding is not None else frozenset()
    for padded, other in ((a, b), (b, a)):
        if padded.padding is not None and other.padding is None and alike(other, padded):
            both = filled(padded)
    if a.axes is None or b.axes is None:
        kept = (a if a.axes is not None else b).padded(None)
        if kept.axes is None or kept.source is None:
            equal = a.axes is None and b.axes is None and a.last == b.last
            return Tensor(last=a.last if equal else None, marks=traces(a, b) | both)
        marks = kept.marks | traces(a, b) | both
        axes_ = tuple(Axis() if axis.size == 1 else axis for axis in kept.axes)  # it may give way
        return Tensor(axes_, source=inexact(kept.source), marks=marks)
    long, short = (a, b) if len(a.axes) >= len(b.axes) else (b, a)
    assert long.axes is not None
    assert short.axes is not None
    offset = len(long.axes) - len(short.axes)
    axes = list(long.axes[:offset])
    for one, two in zip(long.axes[offset:], short.axes, strict=False):
        axes.append(_broadcast(one, two))
    source = a.source if a.source is not None else b.source
    if a.source is not None and b.source is not None and a.source.call is not b.source.call:
        source = mixture((a, b)) if both else None
    marks = (a.padded(None).marks | b.padded(None).marks) - {Mark.POSITIVE, Mark.EQUAL} | both
    marks = frozenset(m for m in marks if not isinstance(m, Severed)) | severed(a, b)
    return Tensor(tuple(axes), source=inexact(source), marks=marks)


def alike(tensor: Tensor, padded: Tensor) -> bool:
    """Whether a tensor has one value for all steps of the padded one, so that it is no mask."""
    time = padded.find(Role.TIME)
    if time is None or padded.axes is None:
        return False
    if tensor.axes is None:
        return time in tensor.ones
    behind = len(padded.axes) - time
    return len(tensor.axes) < behind or tensor.axes[-behind].size == 1


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
    size = a.size if a.size is not UNKNOWN else b.size
    kept = a if a.role is role and (a.known or not b.known) else b
    return replace(kept, role=role, size=size, halves=halves)


def batched_product(a: Tensor, b: Tensor) -> Tensor:
    """Matrices of two batches multiplied one by one: an axis of each is left.

    Where that is the axis of steps, the result is as padded as the tensor that it came from.
    """
    left, right = a.axis(1), b.axis(2)
    padded = [one for one, axis in ((a, left), (b, right)) if axis.role is Role.TIME]
    kept = [Axis(axis.role, axis.size) for axis in (_agree(a.axis(0), b.axis(0)), left, right)]
    known = [one for one in (a, b) if one.source is not None]
    return Tensor(tuple(kept), source=mixture(known), marks=traces(a, b) | filled(*padded))


def reduce(tensor: Tensor, dims: Sequence[int] | None, keep: bool) -> Tensor:
    """sum, mean, max and the like over some axes; None means over all."""
    if dims is None:
        return Tensor((), marks=steps(tensor))
    if tensor.axes is None:
        return Tensor(source=inexact(tensor.source), marks=steps(tensor)).put(tensor.placed)
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
        marks = traces(tensor) | filled(tensor) | set(tensor.regrouped)
        after = replace(tensor, last=made, source=source, marks=marks, made=(), by=None)
        return after.fresh()
    marks = (tensor.padded(None).marks - {Mark.POSITIVE, Mark.EQUAL}) | filled(tensor)
    return Tensor((*tensor.axes[:-1], made), source=inexact(tensor.source), marks=marks).fresh()


def embedding(tensor: Tensor, size: Size) -> Tensor:
    """nn.Embedding: the layout of the ids stays, a feature axis is added at the end."""
    made = Axis(Role.FEATURE, size)
    kept = {past(mark) for mark in tensor.marks if isinstance(mark, (Piece, Regrouped, Reordered))}
    marks = filled(tensor) | kept
    if tensor.axes is None:
        after = replace(tensor, last=made, source=None, marks=marks, made=(), by=None)
        return after.fresh()
    return Tensor((*tensor.axes, made), marks=marks, walked=tensor.walked).fresh()
