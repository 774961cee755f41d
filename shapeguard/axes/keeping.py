"""Facts about states that the program makes, keeps or ignores."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Fact
from shapeguard.axes.layer import Rnn
from shapeguard.axes.making import Within
from shapeguard.axes.size import Size
from shapeguard.axes.value import Tensor


@dataclass(frozen=True, eq=False)
class StateKept(Fact):
    """Tensors that the program made were kept under a name that people give to states.

    ``layers`` are those of the object that keeps them, or whose method does; none for a name of
    the module. ``read`` says whether the method reads the name, None for an attribute and for a
    name of the module. ``lost`` is the unpacking that binds the name anew before it was read.
    """

    name: str
    tensors: tuple[Tensor, ...]
    layers: tuple[Rnn, ...]
    read: bool | None
    lost: Place | None = None


@dataclass(frozen=True, eq=False)
class StateSupplanted(Fact):
    """A state that is there was replaced by a new one at ``place``, and one that is not was left:
    ``hidden = torch.zeros(...) if hidden is not None else hidden``.

    ``test`` is the condition, ``within`` are the calls of modules' methods under way.
    """

    name: str
    test: Place
    within: tuple[Within, ...]


@dataclass(frozen=True, eq=False)
class ParameterIgnored(Fact):
    """A module's method was called that never reads a parameter named like a state."""

    name: str
    layers: tuple[Rnn, ...]
    within: Within


@dataclass(frozen=True, eq=False)
class StateServed(Fact):
    """A module's method that goes by a name such as ``init_hidden`` returned what it had made.

    ``layers`` are those of the module, and ``within`` is the call of the method.
    """

    name: str
    tensors: tuple[Tensor, ...]
    layers: tuple[Rnn, ...]
    within: Within


@dataclass(frozen=True, eq=False)
class StateMade(Fact):
    """A tensor that may serve as a state was made by zeros, randn or the like, of these sizes."""

    sizes: tuple[Size, ...]
