"""One tensor or another: what is known of either way."""

from __future__ import annotations

from dataclasses import replace

from shapeguard.axes import making
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.combining import MIXTURE, lasting
from shapeguard.axes.marks import Mark, Trace
from shapeguard.axes.placing import either as either_place
from shapeguard.axes.size import UNKNOWN, same
from shapeguard.axes.value import Source, Tensor


def either(a: Tensor, b: Tensor) -> frozenset[Trace]:
    """The padding of a tensor that is one or the other.

    A batch is padded if it is so either way: one of the two may be masked. A single sequence is
    padded where it is too short, and another branch may cut the one that is too long. What is
    blank yet has not been written to.
    """
    one, two = a.padding, b.padding
    if one is None or two is None:
        only, other = (two, a) if one is None else (one, b)
        blank = not other.marks.isdisjoint((Mark.ZEROS, Mark.EQUAL))
        return frozenset() if only is None or (only.batched and not blank) else frozenset({only})
    if one == two:
        return frozenset({one})
    right = one.right if one.right is two.right else None
    value = one.value if one.value == two.value else UNKNOWN
    return frozenset({replace(one, right=right, value=value)})


def join(a: Tensor, b: Tensor) -> Tensor:
    """What is known of a tensor that is one or the other."""
    if scored(a, b) or scored(b, a):
        return a if scored(a, b) else b
    source = a.source if _same_origin(a.source, b.source) else None
    key = a.key if a.key == b.key else ""
    last = a.last if a.last == b.last else None
    marks = a.padded(None).marks & b.padded(None).marks | lasting(a, b) | either(a, b)
    place = either_place(a.placed, b.placed)
    marks = marks if place is None else marks | {place}
    made = making.either(a.made, b.made)
    by = a.by if a.by == b.by else None
    if a.axes is None or b.axes is None or len(a.axes) != len(b.axes):
        front = tuple(_either(x, y) for x, y in zip(a.front, b.front, strict=False))
        kept = front if a.axes is None and b.axes is None else ()
        return Tensor(source=source, key=key, last=last, marks=marks, made=made, by=by, front=kept)
    axes = tuple(_either(one, two) for one, two in zip(a.axes, b.axes, strict=False))
    return Tensor(axes, key, source, marks, last, made=made, by=by, walked=a.walked)


def scored(after: Tensor, before: Tensor) -> bool:
    """Whether one is the other after a loop over the steps, of which there is one at least."""
    filled_in = after.source is not None and after.source.slot == MIXTURE and after.padding
    if not filled_in or before.source is not None or Mark.ZEROS not in before.marks:
        return False
    idents = [axis.ident for axis in before.axes or ()]
    return all(idents) and idents == [axis.ident for axis in after.axes or ()]


def _either(a: Axis, b: Axis) -> Axis:
    """What is known of an axis that is one or the other."""
    if a == b and a.ident == b.ident and a.merged == b.merged:
        return a
    role = a.role if a.role is b.role else Role.UNKNOWN
    known = a.known if a.known and b.known and a.known.role is b.known.role else None
    return Axis(
        role,
        a.size if same(a.size, b.size) else UNKNOWN,
        a.halves if a.halves == b.halves else (),
        a.merged if a.merged == b.merged else (),
        known,
        a.ident if a.ident == b.ident else "",
        a.inserted if a.inserted and b.inserted else None,
    )


def _same_origin(a: Source | None, b: Source | None) -> bool:
    if a is None or b is None:
        return False
    if a == b:
        return True
    return a.call.rnn is b.call.rnn and a.slot == b.slot and len(a.takes) == len(b.takes)
