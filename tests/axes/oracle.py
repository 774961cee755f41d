"""What torch did, read back from the result: tensors that carry their own coordinates.

A traced tensor is one integer tensor for each coordinate (batch, time, feature, layer) and two sets
kept as bits (directions, slots). torch moves them all alike, so each axis of a result tells which
coordinates change along it. Nothing here knows how the axis algebra works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from shapeguard.axes.axis import Axis, Half, Role
from shapeguard.axes.combining import MIXTURE
from shapeguard.axes.size import Expr, Size, Unknown
from shapeguard.axes.states import held
from shapeguard.axes.value import Tensor

MIXED, NONE = -1, -2
"""A coordinate that several values share no longer, and one that a value never had."""

FAR = 1 << 40

COORDINATES = ("batch", "time", "feature", "older", "layer", "side", "place")
"""``older`` are the features that a Linear layer did not read, ``side`` is the direction, and
``place`` the position in the slot."""

SETS = ("directions", "slots")
FORWARD, BACKWARD = 1, 2
SLOTS = {"output": 1, "h_n": 2, "c_n": 4}

ALLOWED: dict[Role, frozenset[str]] = {
    Role.BATCH: frozenset({"batch"}),
    Role.TIME: frozenset({"time"}),
    Role.FEATURE: frozenset({"feature", "older", "side"}),
    Role.STATES: frozenset({"layer", "side"}),
    Role.LAYER: frozenset({"layer"}),
    Role.DIRECTION: frozenset({"side"}),
}
"""The coordinates that may change along an axis of each role."""

MAIN = {
    Role.BATCH: "batch",
    Role.TIME: "time",
    Role.STATES: "layer",
    Role.LAYER: "layer",
    Role.DIRECTION: "side",
}

Parts = dict[str, torch.Tensor]
Move = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Traced:
    """A tensor by the coordinates of its elements; ``place`` is the position in its slot."""

    parts: Parts

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return tuple(self.parts["place"].shape)

    def moved(self, move: Move) -> Traced:
        """After an operation that only moves or selects elements."""
        return Traced({name: move(part) for name, part in self.parts.items()})


def plain(*shape: int) -> Traced:
    """A tensor that comes from no recurrent layer."""
    parts = {name: torch.full(shape, NONE) for name in COORDINATES}
    return Traced(parts | {name: torch.zeros(shape, dtype=torch.long) for name in SETS})


def traced(shape: Sequence[int], slot: str, **along: tuple[int, torch.Tensor]) -> Traced:
    """A slot of a call: for each coordinate the axis that it runs along, and its values there."""
    parts = plain(*shape).parts
    for name, (axis, values) in along.items():
        view = [1] * len(shape)
        view[axis] = len(values)
        parts[name] = values.reshape(view).expand(*shape).clone()
    parts["place"] = torch.arange(parts["place"].numel()).reshape(*shape)
    parts["slots"] = torch.full(tuple(shape), SLOTS[slot])
    parts["side"] = parts["directions"] - 1
    return Traced(parts)


def _computed(traced: Traced) -> Traced:
    place = traced.parts["place"]
    return Traced(traced.parts | {"place": torch.where(place == NONE, NONE, MIXED)})


def computed(value: Traced) -> Traced:
    """The same coordinates under new values."""
    return _computed(value)


def combined(a: Traced, b: Traced) -> Traced:
    """After arithmetic with broadcasting; a coordinate stays where both run the same way."""
    shape = torch.broadcast_shapes(a.shape, b.shape)  # type: ignore[no-untyped-call]
    out: Parts = {}
    for name in COORDINATES:
        one, two = a.parts[name].expand(shape), b.parts[name].expand(shape)
        both = one if torch.equal(one, two) else _pair(one, two)
        out[name] = torch.where(one < 0, torch.where(two < 0, one, two), both.where(two >= 0, one))
    for name in SETS:
        one, two = a.parts[name].expand(shape), b.parts[name].expand(shape)
        out[name] = one | two
    return _computed(Traced(out))


def _pair(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """A number for each two numbers: it changes where one of them does."""
    return (one * 8_191 + two * 131_071 + 1) % (FAR - 1)


def folded(value: Traced, dims: Sequence[int], keep: bool) -> Traced:
    """After a sum, mean or the like."""
    out: Parts = {}
    for name, part in value.parts.items():
        for dim in sorted((d % part.dim() for d in dims), reverse=True):
            part = _fold_set(part, dim, keep) if name in SETS else _fold(part, dim, keep)
        out[name] = part
    return _computed(Traced(out))


def _fold(part: torch.Tensor, dim: int, keep: bool) -> torch.Tensor:
    high = part.amax(dim, keepdim=keep)
    low = torch.where(part == NONE, part.amax(dim, keepdim=True), part).amin(dim, keepdim=keep)
    return torch.where(high == low, high, MIXED)


def _fold_set(part: torch.Tensor, dim: int, keep: bool) -> torch.Tensor:
    bits = [((part & bit) > 0).any(dim, keepdim=keep).long() * bit for bit in (1, 2, 4)]
    return bits[0] | bits[1] | bits[2]


def projected(value: Traced, size: int) -> Traced:
    """After a Linear layer of ``size`` outputs."""
    read = folded(value, [-1], True)
    wide = read.moved(lambda part: part.expand(*part.shape[:-1], size).clone())
    feature = torch.arange(size).expand(wide.shape).clone()
    old, older = wide.parts["feature"], wide.parts["older"]
    older = torch.where(old < 0, older, torch.where(older < 0, old, _pair(old, older)))
    return Traced(wide.parts | {"feature": feature, "older": older})


def embedded(value: Traced, size: int) -> Traced:
    """After an Embedding of ``size`` features."""
    parts = value.moved(lambda part: part.unsqueeze(-1)).parts
    return projected(Traced(parts), size)


def stacked(values: Sequence[Traced], dim: int) -> Traced:
    """After stack."""
    return Traced(
        {name: torch.stack([value.parts[name] for value in values], dim) for name in _names()}
    )


def concatenated(values: Sequence[Traced], dim: int) -> Traced:
    """After cat.

    What changes along another axis of each tensor, but differently in each, does not change along
    the axis where they are joined: there is no going from one tensor to the other.
    """
    out: Parts = {}
    for name in _names():
        parts = [value.parts[name] for value in values]
        moving = {axis for p in parts for axis in range(p.dim()) if changes(p, axis)}
        if (
            name in COORDINATES
            and name != "place"
            and moving
            and dim % parts[0].dim() not in moving
        ):
            parts = _level(parts, dim)
        out[name] = torch.cat(parts, dim)
    return Traced(out)


def _level(parts: list[torch.Tensor], dim: int) -> list[torch.Tensor]:
    """Coordinates that are constant along an axis, with one common value in place of each."""
    merged, *others = (part.narrow(dim, 0, 1) for part in parts)
    for head in others:
        both = merged if torch.equal(merged, head) else _pair(merged, head)
        merged = torch.where(merged < 0, head, torch.where(head < 0, merged, both))
    return [torch.where(part < 0, part, merged.expand(part.shape)) for part in parts]


def _names() -> tuple[str, ...]:
    return (*COORDINATES, *SETS)


def changes(part: torch.Tensor, axis: int) -> bool:
    """Whether a coordinate changes from one position of an axis to another, all else equal."""
    if part.size(axis) < 2 or part.numel() == 0:
        return False
    there = part >= 0
    high = torch.where(there, part, -1).amax(axis)
    low = torch.where(there, part, FAR).amin(axis)
    return bool((high > low).any())


def varies(value: Traced, axis: int) -> bool:
    """Whether anything changes along an axis."""
    return any(changes(value.parts[name], axis) for name in COORDINATES)


def value_of(size: Size, values: dict[str, int]) -> object:
    """A size in numbers; an Unknown stays one."""
    if not isinstance(size, Expr):
        return size
    total = 0
    for names, factor in size.terms:
        for name in names:
            factor *= values[name]
        total += factor  # type: ignore[assignment]
    return total


def complaint(claim: object, truth: Traced, values: dict[str, int]) -> str | None:
    """What a value of the algebra says that is not so; None where all of it is so or unknown."""
    if isinstance(claim, Unknown):
        return None
    if not isinstance(claim, Tensor):
        return f"{claim!r} is no tensor"
    found = _source(claim, truth)
    if found is not None:
        return found
    if claim.axes is None:
        last = claim.last
        return None if last is None or not truth.shape else _axis(last, truth, -1, values)
    if len(claim.axes) != len(truth.shape):
        return f"{len(claim.axes)} axes for the shape {truth.shape}"
    for number, axis in enumerate(claim.axes):
        found = _axis(axis, truth, number, values)
        if found is not None:
            return f"axis {number}: {found}"
    return None


def _source(claim: Tensor, truth: Traced) -> str | None:
    source = claim.source
    if source is None:
        return None
    slots, place = truth.parts["slots"], truth.parts["place"]
    if slots.numel() == 0:
        return None
    if source.exact:
        if not bool((slots == SLOTS[source.slot]).all()) or bool((place < 0).any()):
            return f"values said to be those of {source.slot}"
        rows = held(claim)
        if rows is not None:
            layers = source.call.rnn.size("num_layers")
            assert isinstance(layers, int)
            pairs = {
                *zip(*(truth.parts[n].flatten().tolist() for n in ("layer", "side")), strict=True)
            }
            real = {(layers - 1 - layer, side) for layer, side in pairs}
            if real != set(rows):
                return f"rows {sorted(rows)} said to be held, not {sorted(real)}"
    elif source.slot == MIXTURE:
        if not bool((slots > 0).any()):
            return "said to come from the call"
    elif not bool(((slots & SLOTS[source.slot]) > 0).any()):
        return f"said to come from {source.slot}"
    return None


def _axis(claim: Axis, truth: Traced, number: int, values: dict[str, int]) -> str | None:
    size = truth.shape[number]
    said = value_of(claim.size, values)
    if not isinstance(said, Unknown) and said != size:
        return f"size {claim.size} for {size}"
    if 0 in truth.shape:
        return None
    if claim.role is not Role.UNKNOWN:
        found = _role(claim.role, truth, number)
        if found is not None:
            return found
    return _halves(claim.halves, truth, number)


def _role(role: Role, truth: Traced, number: int) -> str | None:
    names = [name for name in COORDINATES if name != "place"]
    moving = {name for name in names if changes(truth.parts[name], number)}
    if role is Role.BATCH and moving == {"batch", "time"}:
        moving -= {"time"}  # one step of each sample
    if not moving <= ALLOWED[role]:
        return f"{role.value} for one along which {sorted(moving)} change"
    if truth.shape[number] > 1 and not moving:
        return f"{role.value} for one along which nothing changes"
    if truth.shape[number] > 1 or role is Role.FEATURE:
        return None
    main = MAIN[role]
    elsewhere = any(
        changes(truth.parts[main], other)
        for other in range(len(truth.shape))
        if other != number % len(truth.shape)
    )
    return f"{role.value} for one of size 1, with {main} on another axis" if elsewhere else None


def _halves(halves: tuple[Half, ...], truth: Traced, number: int) -> str | None:
    if not halves:
        return None
    size = truth.shape[number]
    if size % len(halves):
        return f"{len(halves)} shares of {size}"
    share = size // len(halves)
    wanted = {Half.FORWARD: FORWARD, Half.BACKWARD: BACKWARD, Half.BOTH: FORWARD | BACKWARD}
    for i, half in enumerate(halves):
        real = truth.parts["directions"].narrow(number, i * share, share)
        if not bool((real == wanted[half]).all()):
            return f"share {i} said to be {half.value}, not {sorted(set(real.flatten().tolist()))}"
    return None
