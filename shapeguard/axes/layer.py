"""Recurrent layers as they were built and called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.axes.axis import Place
from shapeguard.axes.making import Within
from shapeguard.axes.rounds import Round
from shapeguard.axes.size import UNKNOWN, Size, Unknown

if TYPE_CHECKING:
    from shapeguard.axes.value import Packed, Tensor


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
