"""Facts about states that a loop carries from one round to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.layer import Call
from shapeguard.axes.rounds import Round, during
from shapeguard.axes.value import Tensor


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

    def raises(self) -> bool:
        """Whether each round goes back through the graph of the one before, which torch notices."""
        back = self.backward
        if not self.live or self.lost is None or back is None:
            return False
        here = during(self.round.loop, back.rounds)
        if here is None or not all(ALWAYS.search(guard.text) for guard in here.guards):
            return False
        return not back.retained or self.stepped is not None

    def names(self) -> list[tuple[str, bool]]:
        """The names that carry the state, as far as the call reads them or an object keeps them."""
        text = self.place.text
        named = [
            one for one in self.holders if re.search(rf"(?<![\w.]){re.escape(one[0])}\b", text)
        ]
        return named or [one for one in self.holders if "." in one[0]]

    def name(self) -> str:
        """The same, as a person would say it."""
        names = [name for name, _ in self.names()]
        return f"`{', '.join(names)}`" if names else "the state"


@dataclass(frozen=True, eq=False)
class StepsApart(Fact):
    """A call in a loop reads one step, from the same state (or none) in every round.

    ``how`` is "counted" where the loop counts through the steps of its input, and "fed back" where
    each step is made of what the call put out in the round before.
    """

    call: Call
    round: Round
    how: str
    state_place: Place | None


ALWAYS = re.compile(r"train|phase|mode|optim|eval", re.I)
"""What a condition says that holds in all rounds of a training loop."""
