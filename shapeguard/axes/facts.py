"""Facts: what happened in a program, as far as it is known. They are all that rules see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapeguard.axes.axis import Place
from shapeguard.axes.layer import Call, Rnn, Setting
from shapeguard.axes.making import Within
from shapeguard.axes.value import Packed, Source, Tensor, Tuple


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
class CellCalled(Fact):
    """A cell was called, or what goes by the name of a recurrent layer and is the program's own.

    ``call`` is None where it is none of torch; ``state`` is what it was given as its state.
    ``state_place`` and ``input_place`` are the state and the input as written.
    """

    call: Call | None
    kind: str
    state: Any
    state_place: Place | None
    within: tuple[Within, ...]
    input_place: Place | None = None


def call_of(fact: Fact) -> Call | None:
    """The call of a recurrent layer that a fact is about, where it is about one."""
    for name in ("call", "value", "before", "tensor"):
        part = getattr(fact, name, None)
        part = part.tensor if isinstance(part, Packed) else part
        if isinstance(part, Call):
            return part
        source = getattr(part, "source", None)
        if isinstance(source, Source):
            return source.call
    return None


def layer_of(fact: Fact) -> Rnn | None:
    """The recurrent layer that a fact is about, where it is about one."""
    if isinstance(rnn := getattr(fact, "rnn", None), Rnn):
        return rnn
    call = call_of(fact)
    return None if call is None else call.rnn
