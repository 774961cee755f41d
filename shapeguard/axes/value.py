"""Values: tensors described by their axes, and the containers that recurrent layers return.

A tensor says, axis by axis, what the axis means (role), how long it is (size) and, on a feature
axis of a bidirectional layer, which directions stand on it. What is not known stays UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from shapeguard.axes.activation import Activation
from shapeguard.axes.axis import Axis, Place, Role
from shapeguard.axes.layer import Call
from shapeguard.axes.making import Made, altered
from shapeguard.axes.marks import Padding, Regrouped, Stepwise, Trace, past
from shapeguard.axes.placing import Placed, together
from shapeguard.axes.size import UNKNOWN, Unknown, symbol
from shapeguard.axes.striding import Strides, contiguous, dense


@dataclass(frozen=True)
class Source:
    """The slot of a call that a tensor comes from.

    ``takes`` are the selections on the way from the slot to the tensor, oldest first. ``exact``
    says that the values are still the slot's, moved or selected but not computed with.
    """

    call: Call
    slot: str
    takes: tuple[Take, ...] = ()
    exact: bool = True


@dataclass(frozen=True, eq=False)
class Take:
    """One index taken on an axis whose role was known when it was taken.

    ``index`` is a whole number, UNKNOWN for a computed one, "gather" for one index per sample, or
    a (start, stop, step) triple of whole numbers, None and UNKNOWN.
    """

    axis: int
    role: Role
    index: Any
    place: Place
    base: Place


@dataclass(frozen=True)
class Tensor:
    """A tensor by its axes; ``axes`` is None where the number of axes is unknown.

    ``key`` names the sizes of axes nobody has described yet, so that ``x.size(1)`` is the same
    symbol wherever it is read. ``ones`` are axes of size 1 that unsqueeze has put among them.
    ``made`` are the ways in which the program made it, where it is no layer's result.
    ``by`` is what computed its values, where they were only moved or selected since.
    ``front`` are its first axes where they are described and their number is not known.
    ``walked`` are the axes that a loop or an index has gone along on the way to this tensor.
    ``strides`` say how its axes lie in memory, where that is known.
    """

    axes: tuple[Axis, ...] | None = None
    key: str = ""
    source: Source | None = None
    marks: frozenset[Trace] = frozenset()
    last: Axis | None = None
    ones: tuple[int, ...] = ()
    made: tuple[Made, ...] = ()
    by: Activation | None = None
    front: tuple[Axis, ...] = ()
    walked: tuple[str, ...] = field(default=(), compare=False)
    strides: Strides | None = field(default=None, compare=False)

    def axis(self, index: int) -> Axis:
        """The axis at ``index`` (negative from the end); unknown role where undescribed."""
        if self.axes is not None:
            if -len(self.axes) <= index < len(self.axes):
                return self.axes[index]
            return Axis()
        if index == -1 and self.last is not None:
            return self.last
        if 0 <= index < len(self.front):
            return self.front[index]
        if index in self.ones:
            return Axis(size=1)
        if not self.key:
            return Axis()
        if index >= 0:
            index -= sum(1 for one in self.ones if one < index)
        name, _, scope = self.key.partition("@")
        size = symbol(f"{name}.size({index})@{scope}")
        return Axis(Role.UNKNOWN, size, ident=f"{self.key}:{index}")

    @property
    def rank(self) -> int | None:
        """The number of axes, where it is known."""
        return None if self.axes is None else len(self.axes)

    def with_axes(self, axes: tuple[Axis, ...], strides: Strides | None = None) -> Tensor:
        """The same values under other axes."""
        return replace(self, axes=axes, last=None, front=(), ones=(), strides=strides)

    def fresh(self) -> Tensor:
        """The same tensor in memory of its own, where everything lies side by side."""
        return replace(self, strides=dense(self.axes))

    @property
    def contiguous(self) -> bool:
        """Whether it certainly lies in memory as a new tensor does."""
        return contiguous(self.axes, self.strides)

    def computed(self) -> Tensor:
        """The same axes with other values, such as after an activation."""
        return (self if self.contiguous else replace(self, strides=None))._changed()

    def _changed(self) -> Tensor:
        if self.made:
            return replace(self, made=altered(self.made), by=None)
        if self.source is None or not self.source.exact:
            return self if self.by is None else replace(self, by=None)
        return replace(self, source=replace(self.source, exact=False), by=None)

    def marked(self, *marks: Trace) -> Tensor:
        """The same tensor with marks added."""
        return replace(self, marks=self.marks | set(marks))

    @property
    def regrouped(self) -> tuple[Regrouped, ...]:
        """The bare squeezes, and the views that may have mixed axes, on the way to it."""
        return tuple(mark for mark in self.marks if isinstance(mark, Regrouped))

    def reranked(self) -> Tensor:
        """The same tensor with other axes than a bare squeeze has left."""
        if not any(mark.whole for mark in self.regrouped):
            return self
        return replace(self, marks=frozenset(map(past, self.marks)))

    def restored(self) -> Tensor:
        """The same tensor with its number of axes written: what a squeeze dropped is back."""
        kept = (m for m in self.marks if not (isinstance(m, Regrouped) and m.sizes is None))
        return replace(self, marks=frozenset(kept))

    @property
    def padding(self) -> Padding | None:
        """What its sequences were padded with, where it is known to be padded."""
        return next((mark for mark in self.marks if isinstance(mark, Padding)), None)

    def padded(self, padding: Padding | None) -> Tensor:
        """The same tensor, padded like this or, with None, not known to be padded."""
        if self.padding == padding:
            return self
        kept = {mark for mark in self.marks if not isinstance(mark, Padding)}
        return replace(self, marks=frozenset(kept if padding is None else {*kept, padding}))

    @property
    def stepwise(self) -> Stepwise | None:
        """The steps of a padded batch that it was computed from one by one, if so."""
        return next((mark for mark in self.marks if isinstance(mark, Stepwise)), None)

    def unstepped(self) -> Tensor:
        """The same tensor, not known to be computed from the steps of a padded batch."""
        kept = frozenset(mark for mark in self.marks if not isinstance(mark, Stepwise))
        return self if len(kept) == len(self.marks) else replace(self, marks=kept)

    @property
    def placed(self) -> Placed | None:
        """The device that it is on, where the program says so."""
        return together(mark for mark in self.marks if isinstance(mark, Placed))

    def put(self, placed: Placed | None) -> Tensor:
        """The same tensor on that device or, with None, on one that is not known."""
        kept = {mark for mark in self.marks if not isinstance(mark, Placed)}
        return replace(self, marks=frozenset(kept if placed is None else {*kept, placed}))

    def find(self, role: Role) -> int | None:
        """The index of the only axis with this role."""
        if self.axes is None:
            return None
        found = [i for i, axis in enumerate(self.axes) if axis.role is role]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Packed:
    """A PackedSequence: the padded tensor it came from, time first, and where it was packed.

    ``lengths`` are those it was packed with, as far as they are known. ``asked`` says that it is
    one by what ``place`` asks, and was packed elsewhere.
    """

    tensor: Tensor
    place: Place | None = None
    batch_first: bool | Unknown = UNKNOWN
    enforce_sorted: bool | Unknown = UNKNOWN
    lengths: Any = UNKNOWN
    asked: bool = False


@dataclass(frozen=True)
class Tuple:
    """A tuple or list of values; ``source`` is set where a recurrent layer returned it.

    Its slot is "result" for (output, state), "state" for an LSTM's (h_n, c_n) and "step" for an
    LSTMCell's (h_1, c_1).
    """

    items: tuple[Any, ...]
    source: Source | None = None
