"""Questions about what a program does with a value of a recurrent call, asked of its facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from shapeguard.axes.axis import Place, Role
from shapeguard.axes.judging import HeadFed, Scored
from shapeguard.axes.layer import Call
from shapeguard.axes.reading import Consumed, Indexed
from shapeguard.axes.size import Unknown
from shapeguard.axes.slicing import is_last
from shapeguard.axes.spelling import indexed, keys, spread, unbound
from shapeguard.axes.value import Packed, Take, Tensor, Tuple

Use = HeadFed | Scored | Consumed

SUMMARY = frozenset({"Linear", "loss", "cat", "stack"})
"""Consumers that read a tensor as the result of the recurrent layer, not to look at it."""

_HIDDEN = re.compile(r"(.*[._])?(h|hx|hn|ht|h0|h_n|h_t|h_0|hidden|hidden_state)")
_CELL = re.compile(r"(.*[._])?(c|cx|cn|ct|c0|c_n|c_t|c_0|cell|cell_state)")
_OUTPUT = re.compile(r"(.*[._])?(out|outs|output|outputs)")


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


def batch_in_view(call: Call) -> bool:
    """Whether the program says that a layer reads a batch, and not one sequence without it."""
    given, state = call.input, call.state
    if not call.batched or isinstance(given, Unknown):
        return False
    if isinstance(given, Packed) or given.rank == 3:
        return True  # batch_first=True alone says nothing: a single sequence may follow it
    first = state.items[0] if isinstance(state, Tuple) and state.items else state
    return isinstance(first, Tensor) and first.rank == 3


def uses(
    fed: Iterable[HeadFed],
    scored: Iterable[Scored],
    consumed: Iterable[Consumed],
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


def chooses_last(fact: Indexed, take: Take, every: Sequence[Indexed]) -> bool:
    """Whether an expression means the last position: each time it runs, and not by a plain number
    that happens to be the last."""
    if fact.how not in ("index", "select", "narrow", "unbind") or isinstance(take.index, Tensor):
        return False
    if "-" not in fact.place.text[len(fact.base.text) :]:
        return False
    for other in every:
        if other.place == fact.place and other.before.axes is not None:
            found = [one for one in other.takes if one.axis == take.axis]
            if not found or not is_last(found[0].index, other.before.axis(take.axis)):
                return False
    return True


def last_sample(fact: Indexed, every: Sequence[Indexed]) -> Take | None:
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
    if before.axes[take.axis].size == 1 or not chooses_last(fact, take, every):
        return None
    steps = (
        other
        for other in every
        if passed_through(other.before, fact.place)
        and any(later.role is Role.TIME for later in other.takes)
    )
    return take if next(steps, None) is None else None


def at_last_step(fact: Indexed, axis: int) -> str | None:
    """The same selection, made at the last step instead of on ``axis``.

    None where the expression has a form that cannot be taken apart.
    """
    time, base = fact.before.find(Role.TIME), fact.base.text
    if time is None or fact.before.axes is None:
        return None
    rank = len(fact.before.axes)
    positions: list[str] | None = [":"] * rank
    if fact.how == "index":
        written = keys(fact.place.text, base)
        positions = None if written is None else spread(written, rank)
    elif fact.how == "unbind":
        base = unbound(base) or ""
    if positions is None or not base:
        return None
    positions[axis] = ":"
    positions[time] = "-1:" if fact.after.rank == rank else "-1"
    return indexed(base, positions)
