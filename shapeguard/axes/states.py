"""What a selection from ``h_n`` holds, and what a program does with a selection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shapeguard.axes.axis import STATE_ROLES, Half, Place, Role
from shapeguard.axes.facts import Named, RnnCalled, Unpacked
from shapeguard.axes.judging import HeadFed
from shapeguard.axes.layer import Call, Rnn
from shapeguard.axes.reading import Consumed, Indexed, Narrowed
from shapeguard.axes.size import Expr, Size, Unknown, add, label, mul, same
from shapeguard.axes.slicing import Slice
from shapeguard.axes.spelling import factor
from shapeguard.axes.uses import comes_from, passed_through
from shapeguard.axes.value import Take, Tensor, Tuple

Entry = tuple[int, int]
"""A row of ``h_n``: layers below the last one (0 is the last), and direction (1 is backward)."""

LOOKS = frozenset(
    {
        "print",
        "shape",
        "size",
        "dim",
        "norm",
        "std",
        "var",
        "equal",
        "allclose",
        "isclose",
        "assert_close",
    }
)
"""Uses that only look at a tensor."""

SIZED = frozenset({"LayerNorm", "RMSNorm", "BatchNorm1d", "GroupNorm", "InstanceNorm1d"})
"""Layers that change no axis and are made for one size."""

ANY_WIDTH = frozenset({"Linear", "return"})
"""Readers that take a tensor of any width, beside a Linear, which a fix can widen."""

IDLE = LOOKS | SIZED | {"return", "state", "RNN", "LSTM", "GRU"}
"""Uses of the whole state that say nothing about which part of it a program reads."""

_LAYERS = re.compile(r"(^|[._])(n|num|number)_?(\w+_)?layers?$|_layers$", re.I)

_TAIL = 8  # rows are counted from the end where the number of layers is a symbol


def held(tensor: Tensor) -> tuple[Entry, ...] | None:
    """The rows of ``h_n`` (or ``c_n``) that a tensor holds; None where that is not known."""
    source = tensor.source
    if source is None or source.slot not in ("h_n", "c_n"):
        return None
    layers, directions = source.call.rnn.size("num_layers"), source.call.rnn.directions
    if not isinstance(directions, int) or isinstance(layers, Unknown):
        return None
    count = layers if isinstance(layers, int) else _TAIL
    rows = [(below, way) for below in reversed(range(count)) for way in range(directions)]
    cut_off = not isinstance(layers, int)
    for take in source.takes:
        if take.role is Role.STATES:
            chosen = _taken(rows, take.index, mul(layers, directions), cut_off)
        elif take.role in (Role.LAYER, Role.DIRECTION):
            part = 0 if take.role is Role.LAYER else 1
            values = sorted({row[part] for row in rows}, reverse=part == 0)
            total = directions if part else layers
            kept = _taken(values, take.index, total, cut_off and not part)
            chosen = None if kept is None else [row for row in rows if row[part] in kept]
        elif take.role is Role.UNKNOWN:
            return None
        else:
            continue
        if chosen is None:
            return None
        rows, cut_off = chosen, cut_off and take.role is Role.DIRECTION
    return tuple(rows)


def _taken(rows: list[Any], index: Any, total: Size, cut_off: bool) -> list[Any] | None:
    """``rows[index]`` as a list; of rows cut off in front, only what is counted from the end."""
    if isinstance(index, Slice):
        start, stop, step = (_number(end, total) for end in (index.start, index.stop, index.step))
        if index.stop is not None and same(index.stop, total):
            stop = None
        if any(isinstance(end, (Unknown, Expr)) for end in (start, stop, step)) or step == 0:
            return None
        if cut_off and (step not in (None, 1) or start is None or start >= 0 or (stop or 0) > 0):
            return None
        return rows[slice(start, stop, step)]
    number = _number(index, total)
    if not isinstance(number, int) or not -len(rows) <= number < len(rows):
        return None
    return [rows[number]] if number < 0 or not cut_off else None


def _number(value: Any, total: Size) -> Any:
    """A whole number for an index such as ``num_layers - 1``, counted from the end."""
    if isinstance(value, Expr):
        distance = add(value, total, -1)
        return distance if isinstance(distance, int) and distance < 0 else value
    return value


def first_layers(take: Take, rnn: Rnn) -> bool:
    """Whether a selection is ``h_n[:num_layers]`` of two directions: never the last layer.

    The number may be that of another layer, such as a decoder's: rows are counted by layers alone,
    where each layer has two.
    """
    index = take.index
    return (
        take.role is Role.STATES
        and isinstance(index, Slice)
        and index.start in (None, 0)
        and index.step in (None, 1)
        and index.stop is not None
        and rnn.directions == 2
        and (same(index.stop, rnn.size("num_layers")) or counts_layers(index.stop))
    )


def counts_layers(size: Any) -> bool:
    """Whether a size is one name, and the name says that it is a number of layers."""
    if not isinstance(size, Expr) or len(size.terms) != 1:
        return False
    ((names, factor_),) = size.terms
    return factor_ == 1 and len(names) == 1 and _LAYERS.search(label(names[0])) is not None


def last_layers(take: Take, rnn: Rnn, called: Iterable[RnnCalled]) -> bool:
    """Whether a selection is ``h_n[-num_layers:]`` of two directions, for a layer of as many.

    That other layer has one direction and wants one row for each of its layers.
    """
    index, layers = take.index, rnn.size("num_layers")
    if take.role is not Role.STATES or not isinstance(index, Slice) or rnn.directions != 2:
        return False
    if (
        index.stop is not None
        or index.step not in (None, 1)
        or not same(index.start, mul(layers, -1))
    ):
        return False
    if same(layers, 1) or re.search(r"\[\s*-\s*(2\s*:|.*dir)", take.place.text):
        return False
    return any(
        fact.call.rnn.directions == 1
        and same(fact.call.rnn.size("num_layers"), layers)
        and any(follows(tensor, take) for tensor in tensors(fact.call.state))
        for fact in called
    )


def chooses(fact: Indexed) -> bool:
    """Whether a selection chooses among layers and directions, or may do so."""
    unknown = not fact.takes and fact.after.axes is None
    return unknown or any(
        take.role in STATE_ROLES or take.role is Role.UNKNOWN for take in fact.takes
    )


def rows_used(
    call: Call,
    indexed: Sequence[Indexed],
    consumed: Sequence[Consumed],
    unpacked: Sequence[Unpacked],
) -> frozenset[Entry] | None:
    """All rows of a call's ``h_n`` that the program selects and goes on with.

    None where that is not known, or where the state is also read whole.
    """
    split = [fact.value for fact in unpacked if isinstance(fact.value, Tensor)]
    if any(comes_from(tensor, call, "h_n") for tensor in split):
        return None
    chosen = [f for f in indexed if comes_from(f.before, call, "h_n") and chooses(f)]
    tensors = [fact.after for fact in chosen if not _taken_apart(fact, chosen)]
    for fact in consumed:
        if not comes_from(fact.tensor, call, "h_n"):
            continue
        assert fact.tensor.source is not None
        if any(take.role in STATE_ROLES for take in fact.tensor.source.takes):
            tensors.append(fact.tensor)
        elif fact.by not in IDLE:
            return None
    rows: set[Entry] = set()
    for tensor in tensors:
        entries = held(tensor)
        if entries is None or (tensor.axes is None and not takes_of(tensor)):
            return None
        rows.update(entries)
    return frozenset(rows)


def _taken_apart(fact: Indexed, others: Iterable[Indexed]) -> bool:
    """Whether other selections are made from this one's result."""
    return bool(fact.takes) and any(
        follows(other.before, fact.takes[-1]) for other in others if other is not fact
    )


def takes_of(tensor: Tensor) -> tuple[Take, ...]:
    """The selections on the way to a tensor."""
    return () if tensor.source is None else tensor.source.takes


def follows(tensor: Tensor, take: Take) -> bool:
    """Whether a tensor was made through this very selection."""
    return any(other is take for other in takes_of(tensor))


def read(
    take: Take,
    consumed: Iterable[Consumed],
    narrowed: Iterable[Narrowed] = (),
    named: Iterable[Named] = (),
) -> list[Consumed] | None:
    """What reads the values of a selection; None where it is only looked at.

    Empty where nothing in view reads it, such as a value that is returned to nobody, or one that
    is ``named`` and then looked at: what has a name is meant for something.
    """
    found = [fact for fact in consumed if follows(fact.tensor, take)]
    kept = [fact for fact in found if fact.by not in LOOKS]
    if kept or not (found or any(follows(fact.tensor, take) for fact in narrowed)):
        return kept
    if any(isinstance(fact.value, Tensor) and follows(fact.value, take) for fact in named):
        return kept
    return None


STEP_BY_STEP = LOOKS | SIZED | {"Linear", "return"}
"""What may read all steps before one is taken without mixing steps."""


def mixed(fact: Indexed, consumed: Iterable[Consumed]) -> bool:
    """Whether something that may mix steps, such as attention, has read the whole output before
    a step of something computed from it is taken."""
    source = fact.before.source
    if source is None or source.exact:
        return False
    return any(
        reader.by not in STEP_BY_STEP
        for reader in consumed
        if comes_from(reader.tensor, source.call, "output")
        and not any(take.role is Role.TIME for take in takes_of(reader.tensor))
    )


def keeps_axis(take: Take) -> bool:
    """Whether the axis stays, with fewer positions, after a selection."""
    return not isinstance(take.index, (int, Expr, Unknown))


def forward_only(tensor: Tensor) -> bool:
    """Whether nothing of the backward direction is left in a tensor made from ``output``."""
    if any(take.role is Role.DIRECTION and take.index == 0 for take in takes_of(tensor)):
        return True
    return tensor.axis(-1).halves == (Half.FORWARD,)


def widened(
    take: Take,
    size: Size,
    heads: Sequence[HeadFed],
    consumed: Iterable[Consumed],
    called: Iterable[RnnCalled],
) -> list[tuple[Place, str]] | None:
    """New first arguments of the Linear layers that read a selection, to read it twice as wide.

    None where something else reads it at this size (a layer's state, a LayerNorm), or where a
    Linear was made out of sight or reads other things, too.
    """
    if any(follows(tensor, take) for fact in called for tensor in tensors(fact.call.state)):
        return None
    readers = [fact for fact in consumed if follows(fact.tensor, take) and fact.by not in LOOKS]
    for fact in readers:
        width = fact.tensor.axis(-1).size
        if fact.by not in ANY_WIDTH and (isinstance(width, Unknown) or same(width, size)):
            return None
    if not readers:
        return None  # what reads it is out of sight
    edits: dict[Place, str] = {}
    for head in heads:
        if not follows(head.tensor, take) or not same(head.in_features, size):
            continue
        if head.in_place is None or any(
            other.made == head.made and not passed_through(other.tensor, take.place)
            for other in heads
        ):
            return None
        edits[head.in_place] = doubled(head.in_place.text)
    return list(edits.items())


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in a state, alone or in a tuple."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Tuple):
        for item in value.items:
            yield from tensors(item)


def doubled(text: str) -> str:
    """An expression times two, as a person would write it."""
    return str(2 * int(text)) if text.isdecimal() else f"2 * {factor(text)}"
