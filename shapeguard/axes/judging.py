"""Facts about judging: heads, attention, probabilities and losses."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.severing import Severed
from shapeguard.axes.size import Size
from shapeguard.axes.value import Tensor


@dataclass(frozen=True, eq=False)
class Attended(Fact):
    """Attention over the steps of a tensor, without a mask: ``by`` is what computes it."""

    tensor: Tensor
    by: str


@dataclass(frozen=True, eq=False)
class HeadFed(Fact):
    """A Linear layer was applied; ``tensor`` is what it read, ``in_features`` what it expects.

    ``made`` is where the layer was constructed and ``in_place`` its first argument there.
    """

    tensor: Tensor
    in_features: Size
    made: Place
    in_place: Place | None


@dataclass(frozen=True, eq=False)
class Scored(Fact):
    """A tensor was read as class scores by a loss, a softmax or an argmax (``by``).

    ``argument`` is the tensor expression; ``dim`` the axis that was reduced, where it is known.
    """

    tensor: Tensor
    by: str
    argument: Place
    dim: int | None = None


@dataclass(frozen=True, eq=False)
class Normalized(Fact):
    """A softmax or log_softmax (``how``) over a tensor, ``argument``.

    ``dim`` is the axis given at ``dim_place``, None where it is unknown and where it is
    ``implicit``: not given.
    ``made`` is where the layer was constructed, if it is one. ``near`` says that the tensor comes
    from a recurrent layer, or that the module at work holds one.
    """

    tensor: Tensor
    how: str
    argument: Place
    dim: int | None = None
    implicit: bool = False
    dim_place: Place | None = None
    made: Place | None = None
    near: bool = False


@dataclass(frozen=True, eq=False)
class LossTaken(Fact):
    """A loss, by its functional name, compared a prediction with a target.

    The prediction comes from a recurrent layer. ``argument`` and ``target_place`` are both as
    written, ``written`` is the name of the loss where it was called or, of a loss object,
    constructed; ``made`` is that construction. ``options`` are the names of what else was passed.
    """

    loss: str
    tensor: Tensor
    argument: Place
    target: Tensor | None
    target_place: Place | None
    written: Place | None
    made: Place | None = None
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class SeveredRead(Fact):
    """A layer with weights (``by``) read what was cut from the graph, in one method's run."""

    tensor: Tensor
    cut: Severed
    by: str


@dataclass(frozen=True, eq=False)
class ChannelsRead(Fact):
    """A layer (``kind``) read axis 1 of a tensor, ``argument``, as its channels.

    ``number`` is what it was made with: how many channels it expects or, of an adaptive pooling,
    how many positions it leaves. ``made`` is where it was constructed.
    """

    tensor: Tensor
    kind: str
    number: Size
    argument: Place
    made: Place
