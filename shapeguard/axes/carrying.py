"""Facts about states that a loop carries from one round to the next."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.axes.facts import Fact
from shapeguard.axes.rounds import Round
from shapeguard.axes.value import Call, Place, Tensor


@dataclass(frozen=True, eq=False)
class Trained(Fact):
    """``backward`` or an optimizer's ``step`` (``how``) was called, in ``rounds`` of loops.

    ``of`` is the expression that was made backward from, where it can be told.
    """

    how: str
    rounds: tuple[Round, ...]
    retained: bool = False
    of: Place | None = None


@dataclass(frozen=True, eq=False)
class DetachDropped(Fact):
    """``h.detach()`` as a statement: what it returns is thrown away.

    ``base`` is what it was called on, ``each`` says that this is a loop's own name for an item,
    and ``tensor`` is its value.
    """

    base: Place
    tensor: Tensor
    each: bool
    rounds: tuple[Round, ...] = ()


@dataclass(frozen=True)
class Shuffled:
    """A loader that draws its samples in random order: where it was made, and what says so."""

    place: Place
    setting: Place


@dataclass(frozen=True, eq=False)
class StateCarried(Fact):
    """A call read a state that another call left behind in an earlier round of a loop.

    ``place`` is the call written in the body of the loop. ``live`` says that the state still
    hangs on the graph of the earlier round, ``holders`` are the names that hold it in between, by
    the text that reads them, with whether they hold a tuple. ``lost`` is the loss that was taken
    of what the call made, ``backward`` the call that went back from it, and ``stepped`` that of an
    optimizer, all in the same round of the loop.
    """

    call: Call
    earlier: Call
    round: Round
    live: bool
    state_place: Place | None
    holders: tuple[tuple[str, bool], ...] = ()
    shuffled: Shuffled | None = None
    lost: Place | None = None
    backward: Trained | None = None
    stepped: Trained | None = None
