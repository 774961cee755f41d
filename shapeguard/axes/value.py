"""Values: tensors described by their axes, and the containers that recurrent layers return.

A tensor says, axis by axis, what the axis means (role), how long it is (size) and, on a feature
axis of a bidirectional layer, which directions stand on it. What is not known stays UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Protocol

from shapeguard.axes.activation import Activation
from shapeguard.axes.evidence import Known
from shapeguard.axes.making import Made, Within, altered
from shapeguard.axes.rounds import Round
from shapeguard.axes.severing import Severed
from shapeguard.axes.size import UNKNOWN, Size, Unknown, show, symbol


class Place(Protocol):
    """Where something stands in the program; front ends know how to turn it into a span."""

    @property
    def text(self) -> str:
        """The source text, as written."""
        ...


class Role(str, Enum):
    """What an axis means."""

    BATCH = "batch"
    TIME = "time"
    FEATURE = "feature"
    STATES = "layer*direction"
    LAYER = "layer"
    DIRECTION = "direction"
    UNKNOWN = "?"


STATE_ROLES = frozenset({Role.STATES, Role.LAYER, Role.DIRECTION})
"""Axes of the states whose positions differ in meaning: which layer, which direction."""


class Half(str, Enum):
    """A direction's share of a feature axis."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"  # summed or projected together: no longer apart


@dataclass(frozen=True)
class Axis:
    """One axis: its role, its size, and the directions that stand on it side by side.

    ``merged`` are the axes that a view or flatten has put into this one, outermost first.
    ``known`` says how the role is known, ``ident`` is the same for an axis wherever operations
    have moved it, and ``inserted`` is where an axis of size 1 was put in.
    """

    role: Role = Role.UNKNOWN
    size: Size = UNKNOWN
    halves: tuple[Half, ...] = ()
    merged: tuple[Axis, ...] = ()
    known: Known | None = field(default=None, compare=False)
    ident: str = field(default="", compare=False)
    inserted: Place | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.role.value if self.role is not Role.UNKNOWN else show(self.size)


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
class Regrouped:
    """A squeeze without an axis, or a view, on the way to a tensor: what it may have dropped or
    mixed shows in ``before`` and ``sizes``, the target of a view."""

    how: str
    place: Place
    base: Place = field(compare=False)
    before: Tensor = field(compare=False)
    sizes: tuple[Size, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Piece:
    """A tensor is a piece of another one, ``of``: what stands from ``start`` on, up to ``stop``."""

    of: str
    axis: int
    start: Size
    stop: Size | None
    place: Place = field(compare=False)


Trace = Mark | Padding | Regrouped | Piece | Severed
"""What may be remembered of a tensor."""


@dataclass(frozen=True)
class Setting:
    """A constructor argument as far as it is known, and where it was set.

    ``how`` is "written" (a literal or a value that constant propagation reaches), "default"
    (the default of a parameter that no call in view overrides), "torch" (torch's own default) or
    "assumed" (one of the values that an unknown parameter can have).
    ``place`` is where the value was set, ``argument`` the expression that was passed.
    """

    value: Any
    how: str = "torch"
    place: Place | None = None
    argument: Place | None = None

    @property
    def text(self) -> str:
        """The argument as written; empty where none was passed."""
        return "" if self.argument is None else self.argument.text

    @property
    def known(self) -> bool:
        """Whether the value may be relied on."""
        return self.value is not UNKNOWN


@dataclass(eq=False)
class Rnn:
    """A recurrent layer as it was built; one object for each construction that was followed.

    ``moved`` is where the program puts it, or the module that holds it, on another device.
    """

    kind: str
    settings: dict[str, Setting]
    place: Place
    target: str | None = None
    built_by: Place | None = None
    cell: bool = False
    moved: Place | None = None

    def setting(self, name: str) -> Setting:
        """The argument called ``name``; unknown where the constructor call hides it."""
        return self.settings.get(name, Setting(UNKNOWN))

    def flag(self, name: str) -> bool | Unknown:
        """A boolean argument by its truth."""
        value = self.setting(name).value
        return value if isinstance(value, bool) else UNKNOWN

    def size(self, name: str) -> Size:
        """A whole-number argument as a size."""
        value = self.setting(name).value
        return UNKNOWN if isinstance(value, (bool, float, str)) or value is None else value

    @property
    def directions(self) -> Size:
        """1 or 2 (num_directions in the torch.nn documents)."""
        flag = self.flag("bidirectional")
        return UNKNOWN if isinstance(flag, Unknown) else 1 + flag

    @property
    def out_size(self) -> Size:
        """Features that each direction puts out: proj_size where it is set, else hidden_size."""
        projected = self.size("proj_size") if self.kind == "LSTM" else 0
        if isinstance(projected, Unknown):
            return UNKNOWN
        return projected if projected != 0 else self.size("hidden_size")


@dataclass(eq=False)
class Call:
    """One call of a recurrent layer: what went in, and where.

    ``within`` are the calls of modules' methods that it is part of, outermost first, and ``moved``
    is where the layer had been put on another device by then. ``rounds`` are those of the loops
    under way, outermost first, and ``cut`` says that no graph was kept.
    """

    rnn: Rnn
    place: Place
    input: Tensor | Packed | Unknown
    state: Any = None
    batched: bool = True
    within: tuple[Within, ...] = ()
    moved: Place | None = None
    rounds: tuple[Round, ...] = ()
    cut: bool = False


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

    def with_axes(self, axes: tuple[Axis, ...]) -> Tensor:
        """The same values under other axes."""
        return replace(self, axes=axes, last=None, front=(), ones=())

    def computed(self) -> Tensor:
        """The same axes with other values, such as after an activation."""
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
        kept = {mark for mark in self.marks if not isinstance(mark, Padding)}
        return replace(self, marks=frozenset(kept if padding is None else {*kept, padding}))

    def find(self, role: Role) -> int | None:
        """The index of the only axis with this role."""
        if self.axes is None:
            return None
        found = [i for i, axis in enumerate(self.axes) if axis.role is role]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Packed:
    """A PackedSequence: the padded tensor it came from, time first, and where it was packed.

    ``lengths`` are those it was packed with, as far as they are known.
    """

    tensor: Tensor
    place: Place | None = None
    batch_first: bool | Unknown = UNKNOWN
    enforce_sorted: bool | Unknown = UNKNOWN
    lengths: Any = UNKNOWN


@dataclass(frozen=True)
class Tuple:
    """A tuple or list of values; ``source`` is set where a recurrent layer returned it.

    Its slot is "result" for (output, state) and "state" for an LSTM's (h_n, c_n).
    """

    items: tuple[Any, ...]
    source: Source | None = None
