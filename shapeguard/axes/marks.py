"""Marks: what is remembered of a tensor beside its axes and its origin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from shapeguard.axes.axis import Place
from shapeguard.axes.placing import Placed
from shapeguard.axes.severing import Severed
from shapeguard.axes.size import UNKNOWN, Size

if TYPE_CHECKING:
    from shapeguard.axes.value import Source, Tensor


class Mark(str, Enum):
    """What has been done to a tensor that its axes do not show."""

    MINUS_ONE = "minus one"  # an index tensor such as lengths - 1
    SOFTMAX = "softmax"
    DETACHED = "detached"
    MASK = "mask"  # truth values: as an index it selects, and how many is unknown
    ZEROS = "zeros"
    ORDER = "order"  # an index tensor that puts something in order, as sort gives it
    EQUAL = "equal"  # all entries are one number
    POSITIVE = "positive"  # no entry is below zero, as after relu
    RECURRENT = "recurrent"  # computed from what a recurrent layer returned, by whatever way
    CUT = "cut"  # no graph hangs on it, or perhaps none
    REVERSED = "reversed"  # computed from a step counted from the end, as a backward pass does


@dataclass(frozen=True)
class Padding:
    """What the shorter sequences of a batch were filled up with, and where.

    ``how`` names what did it. The padded steps stand to the ``right`` of the valid ones, or to
    their left; ``right`` is None where that is not known. ``value`` is what stands there in this
    tensor: a number, or UNKNOWN as after anything that computes. ``batched`` tells a batch from
    the single sequences that one is made of.
    """

    how: str
    place: Place
    right: bool | None = True
    value: Any = UNKNOWN
    batched: bool = True


@dataclass(frozen=True)
class Stepwise:
    """A tensor was computed from single steps of a padded batch, which a loop goes through.

    ``source`` is where the batch comes from, ``at`` what the loop counts the steps with and
    ``row`` what it counts the samples with, if it takes them one by one.
    """

    padding: Padding
    source: Source = field(compare=False)
    at: Size = field(compare=False)
    row: Size | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Regrouped:
    """A squeeze without an axis, or a view, on the way to a tensor: what it may have dropped or
    mixed shows in ``before`` and ``sizes``, the target of a view.

    ``near`` says of a squeeze that the tensor comes from a recurrent layer, or that a module at
    work holds one, ``whole`` that no axis was added or taken since."""

    how: str
    place: Place
    base: Place = field(compare=False)
    before: Tensor = field(compare=False)
    sizes: tuple[Size, ...] | None = field(default=None, compare=False)
    near: bool = field(default=False, compare=False)
    whole: bool = True

    @property
    def bare(self) -> bool:
        """Whether it is a squeeze that names no axis."""
        return self.sizes is None and self.how.startswith("squeeze")


@dataclass(frozen=True)
class Piece:
    """A tensor is a piece of another one, ``of``: what stands from ``start`` on, up to ``stop``."""

    of: str
    axis: int
    start: Size
    stop: Size | None
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Reordered:
    """The samples of a batch were put in another order, ``order``, by the expression at ``place``.

    ``within`` numbers the call of the function that did so.
    """

    order: str
    place: Place = field(compare=False)
    within: int


def past(mark: Trace) -> Trace:
    """The mark of a squeeze on what has other axes than it has left; others as they are."""
    if isinstance(mark, Regrouped) and mark.bare and mark.whole:
        return replace(mark, whole=False)
    return mark


Trace = Reordered | Mark | Padding | Stepwise | Regrouped | Piece | Severed | Placed
"""What may be remembered of a tensor."""
