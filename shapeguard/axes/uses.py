"""Questions about what a program does with a value of a recurrent call, asked of its facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from shapeguard.axes.facts import Consumed, Fact, HeadFed, Indexed, Scored
from shapeguard.axes.indexing import Slice, is_last
from shapeguard.axes.size import same
from shapeguard.axes.value import Axis, Call, Place, Role, Take, Tensor

Use = HeadFed | Scored | Consumed

SUMMARY = frozenset({"Linear", "loss", "cat", "stack"})
"""Consumers that read a tensor as the result of the recurrent layer, not to look at it."""

_HIDDEN = re.compile(r"(.*[._])?(h|hs|hx|hn|ht|h0|h_n|h_t|h_0|hidden|hiddens|hidden_state)")
_CELL = re.compile(r"(.*[._])?(c|cs|cx|cn|ct|c0|c_n|c_t|c_0|cell|cells|cell_state|memory)")
_OUTPUT = re.compile(r"(.*[._])?(out|outs|output|outputs|outp|seq_out|all_hiddens)")


def hidden_like(name: object) -> bool:
    """Whether a name says that it holds the last hidden state."""
    return isinstance(name, str) and _HIDDEN.fullmatch(name.lower()) is not None


def cell_like(name: object) -> bool:
    """Whether a name says that it holds the cell state."""
    return isinstance(name, str) and _CELL.fullmatch(name.lower()) is not None


def output_like(name: object) -> bool:
    """Whether a name says that it holds the output of every step."""
    return isinstance(name, str) and _OUTPUT.fullmatch(name.lower()) is not None


def describe(tensor: Tensor) -> str:
    """The axes by name: ``(time, batch, feature)``."""
    return f"({', '.join(str(axis) for axis in tensor.axes or ())})"


def takes_last(index: object, axis: Axis) -> bool:
    """Whether an index or slice certainly leaves the last position of the axis and no other."""
    if isinstance(index, Slice) and index.stop is not None:
        return is_last(index.start, axis) and same(index.stop, axis.size)
    return is_last(index, axis)


def uses(
    fed: Iterable[HeadFed], scored: Iterable[Scored], consumed: Iterable[Consumed],
    by: frozenset[str] = SUMMARY,
) -> Iterator[Use]:
    """Where tensors are read as results: by a Linear, as class scores, or by one of ``by``."""
    yield from fed
    yield from scored
    yield from (fact for fact in consumed if fact.by in by)


def comes_from(tensor: Tensor, call: Call, slot: str) -> bool:
    """Whether a tensor was made from a slot of a call."""
    source = tensor.source
    return source is not None and source.call is call and source.slot == slot


def passed_through(tensor: Tensor, place: Place) -> bool:
    """Whether a tensor was made from what was selected at a place."""
    source = tensor.source
    return source is not None and any(take.place == place for take in source.takes)


def last_sample(fact: Indexed, later: Sequence[Fact]) -> Take | None:
    """The selection of the last sample of all steps, if that is what the expression does.

    A selection of both a sample and a step, at once or one after the other, is none.
    """
    before = fact.before
    source = before.source
    time = before.find(Role.TIME)
    if source is None or source.slot != "output" or time is None:
        return None
    if any(take.role is not Role.FEATURE for take in source.takes):
        return None
    taken = [take for take in fact.takes if take.role is not Role.FEATURE]
    if len(taken) != 1 or taken[0].role is not Role.BATCH or before.axes is None:
        return None
    take = taken[0]
    axis = before.axes[take.axis]
    if isinstance(take.index, Tensor) or axis.size == 1 or not takes_last(take.index, axis):
        return None
    for other in later:
        if isinstance(other, Indexed) and passed_through(other.before, fact.place):
            if any(t.role is Role.TIME for t in other.takes):
                return None
    return take
