"""Values: tensors described by their axes, and the containers that recurrent layers return.

A tensor says, axis by axis, what the axis means (role), how long it is (size) and, on a feature
axis of a bidirectional layer, which directions stand on it. What is not known stays UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

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
    """One axis: its role, its size, and the directions that stand on it side by side."""

    role: Role = Role.UNKNOWN
    size: Size = UNKNOWN
    halves: tuple[Half, ...] = ()

    def __str__(self) -> str:
        return self.role.value if self.role is not Role.UNKNOWN else show(self.size)


class Mark(str, Enum):
    """What has been done to a tensor that its axes do not show."""

    PADDED = "padded"
    MINUS_ONE = "minus one"  # an index tensor such as lengths - 1
    SOFTMAX = "softmax"
    DETACHED = "detached"
    MASK = "mask"  # truth values: as an index it selects, and how many is unknown
    ZEROS = "zeros"
    REVERSED = "reversed"  # computed from a step counted from the end, as a backward pass does


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
    """A recurrent layer as it was built; one object for each construction that was followed."""

    kind: str
    settings: dict[str, Setting]
    place: Place
    target: str | None = None
    built_by: Place | None = None
    cell: bool = False

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
    """One call of a recurrent layer: what went in, and where."""

    rnn: Rnn
    place: Place
    input: Tensor | Packed | Unknown
    state: Any = None
    batched: bool = True


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
    """

    axes: tuple[Axis, ...] | None = None
    key: str = ""
    source: Source | None = None
    marks: frozenset[Mark] = frozenset()
    last: Axis | None = None
    ones: tuple[int, ...] = ()

    def axis(self, index: int) -> Axis:
        """The axis at ``index`` (negative from the end); unknown role where undescribed."""
        if self.axes is not None:
            if -len(self.axes) <= index < len(self.axes):
                return self.axes[index]
            return Axis()
        if index == -1 and self.last is not None:
            return self.last
        if index in self.ones:
            return Axis(size=1)
        if not self.key:
            return Axis()
        if index >= 0:
            index -= sum(1 for one in self.ones if one < index)
        name, _, scope = self.key.partition("@")
        return Axis(Role.UNKNOWN, symbol(f"{name}.size({index})@{scope}"))

    @property
    def rank(self) -> int | None:
        """The number of axes, where it is known."""
        return None if self.axes is None else len(self.axes)

    def with_axes(self, axes: tuple[Axis, ...]) -> Tensor:
        """The same values under other axes."""
        return replace(self, axes=axes, last=None)

    def computed(self) -> Tensor:
        """The same axes with other values, such as after an activation."""
        if self.source is None or not self.source.exact:
            return self
        return replace(self, source=replace(self.source, exact=False))

    def marked(self, *marks: Mark) -> Tensor:
        """The same tensor with marks added."""
        return replace(self, marks=self.marks | set(marks))

    def find(self, role: Role) -> int | None:
        """The index of the only axis with this role."""
        if self.axes is None:
            return None
        found = [i for i, axis in enumerate(self.axes) if axis.role is role]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Packed:
    """A PackedSequence: the padded tensor it came from, time first, and where it was packed."""

    tensor: Tensor
    place: Place | None = None
    batch_first: bool | Unknown = UNKNOWN
    enforce_sorted: bool | Unknown = UNKNOWN


@dataclass(frozen=True)
class Tuple:
    """A tuple or list of values; ``source`` is set where a recurrent layer returned it.

    Its slot is "result" for (output, state) and "state" for an LSTM's (h_n, c_n).
    """

    items: tuple[Any, ...]
    source: Source | None = None
