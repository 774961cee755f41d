"""Which axis of an input is batch and which is time, and whether a layer reads it so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.evidence import Known
from shapeguard.axes.layer import Call
from shapeguard.axes.size import Expr, symbols
from shapeguard.axes.value import Tensor

_BATCH = re.compile(r"b|bs|bsz|bsize|batch|(n|num|cur|this)?_?batch_?(size|sz|len)?|nbatch|n_batch")
_TIME = re.compile(
    r"((max|in|input|src|source|tgt|target|x)_?)?(seq|sequence|sentence|words?|tokens?)_?"
    r"(len|length|size|dim)|((n|num|max)_?)?(time|time_?step|step|frame)s?|t|tt"
    r"|time_?(len|length|size|dim|steps?)"
)


def named(text: str) -> Role | None:
    """The role that the name of a size speaks of, if it does."""
    name = text.rpartition(".")[2].strip("_").lower()
    if _BATCH.fullmatch(name):
        return Role.BATCH
    return Role.TIME if _TIME.fullmatch(name) else None


Roles = Mapping[str, Known]
"""What the sizes of axes stand for, by the symbol of the size."""


def told(axis: Axis, roles: Roles) -> Axis:
    """The axis with the role that its size is known to stand for."""
    if axis.role is not Role.UNKNOWN or not isinstance(axis.size, Expr):
        return axis
    names = symbols(axis.size)
    if len(axis.size.terms) != 1 or len(names) != 1 or axis.size.terms[0][1] != 1:
        return axis
    found = roles.get(next(iter(names)))
    if found is None or axis.known is not None:
        return axis
    return replace(axis, role=found.role if found.proved else axis.role, known=found)


def all_told(tensor: Tensor, roles: Roles) -> Tensor:
    """The tensor with the roles that the sizes of its first axes are known to stand for."""
    if tensor.axes is not None:
        axes = tuple(told(axis, roles) for axis in tensor.axes)
        return replace(tensor, axes=axes)
    front = [told(tensor.axis(i), roles) for i in range(max(len(tensor.front), 2))]
    return replace(tensor, front=tuple(front)) if any(one.known for one in front) else tensor


@dataclass(frozen=True)
class Misread:
    """An axis of the input that a layer reads as another than it is."""

    position: int
    axis: Axis
    known: Known

    @property
    def proved(self) -> bool:
        """Whether more than names says what the axis is."""
        return self.known.proved


def order(first: bool) -> tuple[Role, Role]:
    """The roles of the first two axes of a batched input."""
    return (Role.BATCH, Role.TIME) if first else (Role.TIME, Role.BATCH)


def misread(call: Call) -> Misread | None:
    """What a call reads as batch that is time, or the other way round."""
    first, given = call.rnn.flag("batch_first"), call.input
    if not isinstance(first, bool) or not isinstance(given, Tensor) or not call.batched:
        return None
    return disagreement(given, first)


def disagreement(given: Tensor, first: bool) -> Misread | None:
    """Where a tensor's layout is another than a reader with this batch_first takes it for."""
    if given.rank is not None and given.rank < 2:
        return None
    have = [given.axis(0), given.axis(1)]
    wrong = [
        Misread(i, axis, axis.known)
        for i, (axis, want) in enumerate(zip(have, order(first), strict=True))
        if axis.known is not None and axis.known.role is not want
    ]
    agreeing = [
        axis
        for axis, want in zip(have, order(first), strict=True)
        if want is (axis.known.role if axis.known else axis.role)
    ]
    if not wrong or agreeing or have[0 if first else 1].inserted is not None:
        return None  # a batch of one was made on purpose: what was a batch may be steps now
    letters = [one for one in wrong if len(one.known.name) == 1]
    if len(letters) == len(wrong) == 1:
        return None  # one letter says nothing; two that agree do
    sure = [one for one in wrong if one.proved]
    return (sure or wrong)[0]


def inherited(known: Known) -> bool:
    """Whether what says so is a layer that misreads its own input: then that is the cause."""
    return known.call is not None and misread(known.call) is not None


def loops(axis: Axis, calls: Iterable[Call], call: Call) -> Call | None:
    """A call of the same layer that a loop makes for each position of the axis, handing the
    state on: then the axis is time."""
    for other in calls:
        given = other.input
        if other.rnn is not call.rnn or other.state is None or not isinstance(given, Tensor):
            continue
        if axis.ident and axis.ident in given.walked:
            return other
    return None


def in_words(first: bool) -> str:
    """The layout that a batch_first says."""
    return "(batch, time, feature)" if first else "(time, batch, feature)"


def unmoved(found: Misread) -> bool:
    """Whether an axis stands where the batch_first of what made the tensor has put it."""
    flag = found.known.flag
    if flag is None or not isinstance(flag.value, bool):
        return False
    return order(flag.value)[found.position] is found.known.role
