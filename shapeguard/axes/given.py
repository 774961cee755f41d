"""States that a program hands to a recurrent layer or cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shapeguard.axes.facts import CellCalled, RnnCalled
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.making import Fill, Within, during
from shapeguard.axes.size import same
from shapeguard.axes.states import tensors
from shapeguard.axes.value import Tensor

NEUTRAL = re.compile(
    r"not \w+$|[\w.]+ (is|==) None|cuda|gpu|device|direction|lstm|gru|rnn|cell|batch|isinstance|"
    r"packed|len\(|\.dim\(|ndim",
    re.I,
)
"""A condition under which a random state is no mode that somebody chooses: no state was given,
there is a GPU, the layer is of another kind."""

CHANCE = re.compile(
    r"gan\b|gan\.|vae|^generator\.|\.(generate|sample|test|demo)|discrimin|sampl|latent|nois|dream|"
    r"synth|prior|advers|random|stochast|bayes|dummy|profil|example|\bz\b|eps",
    re.I,
)
"""Names of classes, methods and states whose randomness is their purpose."""


@dataclass(frozen=True, eq=False)
class Given:
    """The states of one call: of which kind of layer, and in which calls of modules' methods.

    ``call`` is None where a class of the program's own goes by the name of a layer.
    """

    fact: RnnCalled | CellCalled
    kind: str
    call: Call | None
    tensors: tuple[Tensor, ...]
    within: tuple[Within, ...]


def given(fact: RnnCalled | CellCalled) -> Given:
    """The states of one call."""
    if isinstance(fact, CellCalled):
        return Given(fact, fact.kind, fact.call, tuple(tensors(fact.state)), fact.within)
    call = fact.call
    return Given(fact, call.rnn.kind, call, tuple(tensors(call.state)), call.within)


def every(called: Iterable[RnnCalled], cells: Iterable[CellCalled]) -> list[Given]:
    """The states of all calls: of layers, then of cells."""
    return [*(given(fact) for fact in called), *(given(fact) for fact in cells)]


def redrawn(tensor: Tensor, states: Given) -> bool:
    """Whether a state is drawn at random in the very call that uses it, in evaluation as well."""
    ways = tensor.made
    if not ways or any(one.fill is not Fill.RANDOM for one in ways):
        return False
    if any(during(one, states.within) is None for one in ways):
        return False
    guards = [guard for one in ways for guard in one.under if guard.within]
    if any(not NEUTRAL.search(guard.place.text) for guard in guards):
        return False
    if any("train" in guard.text and "gpu" not in guard.text for guard in guards):
        return False
    names = [call.name for one in ways for call in one.within]
    names += [call.name for call in states.within]
    if states.fact.state_place is not None:
        names.append(states.fact.state_place.text)
    return not any(CHANCE.search(name) for name in names)


def fits(states: Iterable[Tensor], rnn: Rnn) -> bool:
    """Whether tensors are as wide as a layer's states."""
    widths = (rnn.size("hidden_size"), rnn.out_size)
    return any(
        tensor.rank in (2, 3) and any(same(tensor.axis(-1).size, width) for width in widths)
        for tensor in states
    )
