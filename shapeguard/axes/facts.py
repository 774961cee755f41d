"""Facts: what happened in a program, as far as it is known. They are all that rules see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapeguard.axes.making import Guard, Within
from shapeguard.axes.severing import Severed
from shapeguard.axes.size import Size
from shapeguard.axes.value import Call, Packed, Place, Rnn, Setting, Source, Take, Tensor, Tuple


@dataclass(frozen=True, eq=False)
class Fact:
    """Something that happened at ``place``."""

    place: Place


@dataclass(frozen=True, eq=False)
class Argument:
    """One argument of a constructor call: the parameter it lands on and how it was passed."""

    parameter: str
    position: int | None
    setting: Setting
    place: Place
    last: bool = False  # no argument follows it
    splat: bool = False  # it came out of *args or **kwargs and is not written here


@dataclass(frozen=True, eq=False)
class RnnBuilt(Fact):
    """A recurrent layer was constructed."""

    rnn: Rnn
    arguments: tuple[Argument, ...]


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
class RnnCalled(Fact):
    """A recurrent layer was called; ``call.state`` is the state argument, None if absent.

    ``state_place`` and ``input_place`` are the state and the input as written.
    """

    call: Call
    state_place: Place | None = None
    input_place: Place | None = None


@dataclass(frozen=True, eq=False)
class Handed(Fact):
    """A tensor was given to something with a batch_first of its own, which is no RNN: ``reader``.

    ``made`` is where that was constructed, if it is a layer, ``argument`` the tensor as written.
    """

    tensor: Tensor
    reader: str
    flag: Setting
    argument: Place
    made: Place | None = None


@dataclass(frozen=True, eq=False)
class Unpacked(Fact):
    """A result or state was unpacked into names; ``place`` is the target list.

    ``names`` holds a nested tuple of names as written, None for what is no plain name, and
    ``places`` the target places in the same order. ``statement`` is the whole assignment.
    """

    value: Tuple | Tensor
    names: tuple[Any, ...]
    places: tuple[Place, ...]
    statement: Place
    mismatch: str | None = None


@dataclass(frozen=True, eq=False)
class Named(Fact):
    """A value that comes from a recurrent call was bound to one name (or attribute) as written."""

    value: Tuple | Tensor
    name: str
    statement: Place


@dataclass(frozen=True, eq=False)
class TupleMisused(Fact):
    """A call's (output, state) was used where a tensor is needed; ``how`` says the use in words.

    ``base`` is the expression that holds the tuple.
    """

    value: Tuple
    how: str
    base: Place


@dataclass(frozen=True, eq=False)
class PackedMisused(Fact):
    """A PackedSequence was used where a tensor is needed; ``how`` says the use in words.

    ``kind`` is "layer", "function", "arithmetic", "attribute", "unpack", "index", "slice" or
    "raises"; ``base`` is the expression that holds it.
    """

    value: Packed
    how: str
    kind: str
    base: Place


@dataclass(frozen=True, eq=False)
class TupleIndexed(Fact):
    """A result or state tuple was indexed with a whole number; ``base`` is what was indexed."""

    value: Tuple
    index: int
    base: Place


@dataclass(frozen=True, eq=False)
class FirstOfPass(Fact):
    """The first item was taken of a list that a loop over the steps filled; ``item`` is one."""

    base: Place
    item: Tensor


@dataclass(frozen=True, eq=False)
class Indexed(Fact):
    """One expression selected from a tensor; ``takes`` in axis order, whole slices left out.

    ``before`` and ``after`` are the tensor before and after, ``how`` the operation.
    """

    base: Place
    before: Tensor
    after: Tensor
    takes: tuple[Take, ...]
    how: str = "index"


@dataclass(frozen=True, eq=False)
class Narrowed(Fact):
    """A tensor was cut down to one direction's half (``half``) of its feature axis."""

    tensor: Tensor
    half: str


@dataclass(frozen=True, eq=False)
class Consumed(Fact):
    """A tensor was used whole by something that reads its values; ``by`` names it.

    Examples: "Linear", "cat", "return", "argument", "arithmetic", "loss", "print".
    """

    tensor: Tensor
    by: str


@dataclass(frozen=True, eq=False)
class Reshaped(Fact):
    """A view, reshape, flatten, squeeze or unsqueeze; ``sizes`` is the target, None if not a view.

    ``axis`` is the axis given to squeeze, None for a bare squeeze and for views.
    """

    base: Place
    before: Tensor
    after: Tensor
    how: str
    sizes: tuple[Size, ...] | None = None
    axis: int | None = None


@dataclass(frozen=True, eq=False)
class Joined(Fact):
    """Tensors were joined by cat or stack (``how``) on one axis; one at least is a layer's."""

    tensors: tuple[Tensor, ...]
    after: Tensor
    how: str
    dim: int


@dataclass(frozen=True, eq=False)
class Reduced(Fact):
    """A sum, mean, max or the like over some axes; ``axes`` are their numbers from 0."""

    base: Place
    before: Tensor
    axes: tuple[int, ...]
    how: str


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
class CellCalled(Fact):
    """A cell was called, or what goes by the name of a recurrent layer and is the program's own.

    ``call`` is None where it is none of torch; ``state`` is what it was given as its state.
    """

    call: Call | None
    kind: str
    state: Any
    state_place: Place | None
    within: tuple[Within, ...]


@dataclass(frozen=True, eq=False)
class ModuleMoved(Fact):
    """A module was moved to a device, by ``.cuda()`` or ``.to(...)``, ``under`` conditions."""

    under: tuple[Guard, ...] = ()


@dataclass(frozen=True, eq=False)
class StateKept(Fact):
    """Tensors that the program made were kept under a name that people give to states.

    ``layers`` are those of the object that keeps them, or whose method does. ``read`` says whether
    the method reads the name, None for an attribute.
    """

    name: str
    tensors: tuple[Tensor, ...]
    layers: tuple[Rnn, ...]
    read: bool | None


@dataclass(frozen=True, eq=False)
class ParameterIgnored(Fact):
    """A module's method was called that never reads a parameter named like a state."""

    name: str
    layers: tuple[Rnn, ...]
    within: Within


@dataclass(frozen=True, eq=False)
class Decided(Fact):
    """A condition had a known outcome, ``within`` calls of modules' methods."""

    within: tuple[Within, ...]


@dataclass(frozen=True, eq=False)
class DroppedOut(Fact):
    """F.dropout was applied to a tensor that a recurrent layer's result was made into.

    ``training`` is the argument of that name, None where none was passed: torch's default is True.
    ``always`` says that a parameter passed there is True by its default, ``module`` what a method
    calls the module at work, and ``under`` are the conditions that chose the branch.
    """

    tensor: Tensor
    training: Place | None
    always: Place | None
    module: str | None
    under: tuple[Guard, ...]
    rate: Any


@dataclass(frozen=True, eq=False)
class StateMade(Fact):
    """A tensor that may serve as a state was made by zeros, randn or the like, of these sizes."""

    sizes: tuple[Size, ...]


def layer_of(fact: Fact) -> Rnn | None:
    """The recurrent layer that a fact is about, where it is about one."""
    for name in ("rnn", "call", "value", "before", "tensor"):
        part = getattr(fact, name, None)
        part = part.tensor if isinstance(part, Packed) else part
        if isinstance(part, Rnn):
            return part
        if isinstance(part, Call):
            return part.rnn
        source = getattr(part, "source", None)
        if isinstance(source, Source):
            return source.call.rnn
    return None
