"""How a tensor came to be that a program makes itself: filled with what, and on which device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapeguard.axes.axis import Place


class Fill(str, Enum):
    """What a tensor was filled with."""

    ZEROS = "zeros"
    RANDOM = "random numbers"
    OTHER = "values"


class Spot(str, Enum):
    """Which device a tensor is on, by how the program says so."""

    DEFAULT = "none given"  # torch's default device: the CPU, unless the program changes it
    CPU = "the CPU"
    CUDA = "the default GPU"  # .cuda() or "cuda", whatever device the input is on
    CHOSEN = "the default GPU if there is one"  # torch.cuda.is_available() decides, right there
    FOLLOWS = "that of another tensor"  # x.device, new_zeros, zeros_like, or moved with the module
    NAMED = "a variable"  # a device that is chosen elsewhere


@dataclass(frozen=True)
class Within:
    """A call of a module's method that was under way: which one of the run, and its name."""

    number: int
    name: str


@dataclass(frozen=True)
class Guard:
    """A condition that chose the branch, and the expression that the name in it was set to.

    ``within`` are the calls of modules' methods under way, as those of what is made.
    """

    place: Place
    origin: Place | None = None
    within: tuple[Within, ...] = ()

    @property
    def text(self) -> str:
        """Both as written."""
        return self.place.text if self.origin is None else f"{self.place.text} {self.origin.text}"


@dataclass(frozen=True)
class Made:
    """One way in which a tensor was made: by the call at ``place``, filled by that at ``filled``.

    ``moved`` is the call that put it on its device, and ``typed`` says that a dtype was given.
    ``within`` are the modules' methods under way, outermost first, and ``mover`` those when it was
    moved; ``under`` the conditions of both.
    """

    how: str
    place: Place
    fill: Fill
    filled: Place
    spot: Spot = Spot.DEFAULT
    moved: Place | None = None
    typed: bool = False
    within: tuple[Within, ...] = ()
    mover: tuple[Within, ...] = ()
    under: tuple[Guard, ...] = ()
    computed: bool = False


def either(a: tuple[Made, ...], b: tuple[Made, ...]) -> tuple[Made, ...]:
    """The ways in which a tensor was made that is one or the other; none where one is unknown."""
    if a == b:
        return a
    return tuple(dict.fromkeys([*a, *b])) if a and b else ()


def during(made: Made, within: Iterable[Within]) -> Within | None:
    """The innermost call of a module's method that was under way both then and ``within``."""
    numbers = {call.number for call in within}
    return next((call for call in reversed(made.within) if call.number in numbers), None)


def altered(made: tuple[Made, ...]) -> tuple[Made, ...]:
    """The same, computed with since: zeros need not be zeros any more."""
    return tuple(replace(one, computed=True) for one in made)
