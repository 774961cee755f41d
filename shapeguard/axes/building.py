"""Facts about building: layers constructed, put together, registered, moved."""

from __future__ import annotations

from dataclasses import dataclass

from shapeguard.axes.axis import Place
from shapeguard.axes.facts import Argument, Fact
from shapeguard.axes.layer import Rnn
from shapeguard.axes.making import Guard, Within


@dataclass(frozen=True, eq=False)
class RnnBuilt(Fact):
    """A recurrent layer was constructed."""

    rnn: Rnn
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, eq=False)
class NamesakeBuilt(Fact):
    """A class of the program that goes by the name of a layer (``kind``) was constructed.

    ``arguments`` are those that land on a parameter of its own ``__init__``, ``parameters`` are
    the names of all of these.
    """

    kind: str
    arguments: tuple[Argument, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SettingBeside(Fact):
    """A setting called ``name`` is kept beside a layer that was built without ``parameter``.

    ``given`` is the parameter that it came in by, None for a name of the module. ``used`` is where
    a tensor such as a state is sized by it, if one is; nothing else reads it.
    """

    rnn: Rnn
    parameter: str
    name: str
    given: Place | None
    used: Place | None


@dataclass(frozen=True, eq=False)
class SequentialBuilt(Fact):
    """nn.Sequential holds a recurrent layer that another layer follows.

    ``called`` where it is applied to something, and not only built: it may be a mere list.
    """

    rnn: Rnn
    next_layer: Place
    rnn_place: Place
    called: bool = False


@dataclass(frozen=True, eq=False)
class Registered(Fact):
    """A module, or something out of sight, was given the layer that was built at ``place``."""


@dataclass(frozen=True, eq=False)
class ListedPlainly(Fact):
    """A new module holds layers in a list, tuple or dict (``named``) that is none of torch's.

    ``name`` is the attribute, ``place`` what it was last set to, and ``wrappable`` says that a
    container of torch could hold the same.
    """

    rnns: tuple[Rnn, ...]
    name: str
    named: bool
    wrappable: bool


@dataclass(frozen=True, eq=False)
class CopiesListed(Fact):
    """``[nn.LSTM(...)] * n``: ``made`` is the construction, ``count`` the number."""

    rnn: Rnn
    made: Place
    count: Place


@dataclass(frozen=True, eq=False)
class ModuleMoved(Fact):
    """A module was moved to a device, by ``.cuda()`` or ``.to(...)``, ``under`` conditions."""

    under: tuple[Guard, ...] = ()


@dataclass(frozen=True, eq=False)
class Decided(Fact):
    """A condition had a known outcome, ``within`` calls of modules' methods."""

    within: tuple[Within, ...]
