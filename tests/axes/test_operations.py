"""Single operations that once said more than torch bears out, and what they must still know."""

from __future__ import annotations

from typing import Any

import pytest

from shapeguard.axes import combining, indexing, reshaping, slicing
from shapeguard.axes.axis import Axis, Half, Role
from shapeguard.axes.marks import Mark
from shapeguard.axes.size import UNKNOWN, Size, add, divide, mul, show, symbol
from shapeguard.axes.slicing import Slice
from shapeguard.axes.states import held
from shapeguard.axes.value import Tensor
from tests.axes.programs import SPOT, Config, claims

N, T, H = symbol("n"), symbol("t"), symbol("h")
SIDES = (Half.FORWARD, Half.BACKWARD)
OUTPUT = Tensor((Axis(Role.BATCH, N), Axis(Role.TIME, T), Axis(Role.FEATURE, mul(2, H), SIDES)))


def select(tensor: Tensor, *keys: Any) -> Tensor:
    return indexing.index(tensor, keys, SPOT, SPOT)


def roles(tensor: Tensor) -> str:
    assert tensor.axes is not None
    return " ".join(str(axis) for axis in tensor.axes)


@pytest.mark.parametrize(
    ("part", "size", "wanted"),
    [
        (Slice(1, -1), 7, 5),
        (Slice(1, -1), add(N, 2), N),
        (Slice(1, -1), N, UNKNOWN),  # one position would leave none
        (Slice(None, 100), 7, 7),
        (Slice(None, 100), N, UNKNOWN),
        (Slice(None, 3), N, UNKNOWN),
        (Slice(None, 1), N, 1),
        (Slice(-1, None), UNKNOWN, 1),
        (Slice(-3, None), 2, 2),
        (Slice(-3, None), N, UNKNOWN),
        (Slice(1, None), N, add(N, -1)),
        (Slice(None, -1), N, add(N, -1)),
        (Slice(2, None), N, UNKNOWN),
        (Slice(5, 2), 7, 0),
        (Slice(None, H), mul(2, H), H),
        (Slice(H, None), mul(2, H), H),
        (Slice(mul(H, -1), None), mul(2, H), H),
        (Slice(None, T), N, UNKNOWN),
        (Slice(UNKNOWN, None), N, UNKNOWN),
        (Slice(None, None, 2), 7, UNKNOWN),
    ],
    ids=lambda value: f"{value.start}:{value.stop}" if isinstance(value, Slice) else show(value),
)
def test_how_long_a_slice_is(part: Slice, size: Size, wanted: Size) -> None:
    assert slicing.cut(Axis(Role.TIME, size), part) == Axis(Role.TIME, wanted)


def test_one_row_of_all_features() -> None:
    """The positions of ids of which nothing is known lie behind one another."""
    ids = Tensor(key="ids@1")
    row = reshaping.view(combining.embedding(ids, H), [1, 1, -1])
    assert row.axis(-1).size == mul(H, symbol("positions@ids@1:h"))
    assert reshaping.view(combining.embedding(ids, H), [1, 4, -1]).axis(-1).size is UNKNOWN
    assert reshaping.view(Tensor(last=Axis(size=H)), [1, 1, -1]).axis(-1).size is UNKNOWN


def test_directions_after_a_slice() -> None:
    cut = slicing.cut
    feature = Axis(Role.FEATURE, mul(2, H), SIDES)
    assert cut(feature, Slice(None, H)).halves == SIDES[:1]
    assert cut(feature, Slice(H, None)).halves == SIDES[1:]
    assert cut(feature, Slice(None, 3)).halves == ()
    three = Axis(Role.FEATURE, mul(3, H), (*SIDES, Half.FORWARD))
    assert cut(three, Slice(None, divide(mul(3, H), 2))).halves == ()
    alike = Axis(Role.FEATURE, mul(2, H), (Half.FORWARD, Half.FORWARD))
    assert cut(alike, Slice(3, 5)).halves == (Half.FORWARD,)


def test_index_tensors_that_are_not_side_by_side_come_first() -> None:
    rows = Tensor((Axis(size=3),))
    wide = Tensor((Axis(size=2), *(OUTPUT.axes or ())))
    assert roles(select(wide, rows, Slice(), rows)) == "3 batch feature"
    assert roles(select(wide, Slice(), rows, None, rows)) == "batch 2 1 feature"
    assert roles(select(wide, Slice(), rows, rows)) == "2 batch feature"
    assert roles(select(wide, Slice(), rows, Slice(), Slice())) == "2 3 time feature"


def test_one_step_of_each_sample() -> None:
    steps = Tensor(marks=frozenset({Mark.MINUS_ONE}))
    rows = Tensor((Axis(size=N),))
    found = select(OUTPUT, rows, steps)
    assert found.axes == (Axis(Role.BATCH, N), Axis(Role.FEATURE, mul(2, H), SIDES))
    assert select(OUTPUT, Tensor(), steps).axis(0) == Axis(Role.BATCH)
    three = Tensor((Axis(size=3),))
    assert select(OUTPUT, three, three).axis(0) == Axis(Role.BATCH, 3)


def test_an_index_tensor_of_unknown_shape_leaves_an_unknown_shape() -> None:
    found = select(OUTPUT, Tensor())
    assert found.axes is None
    assert found.axis(-1) == Axis(Role.FEATURE, mul(2, H), SIDES)
    assert select(OUTPUT, Slice(), Slice(), Tensor()).axis(-1) == Axis()


def test_gather_is_as_long_as_its_index() -> None:
    index = Tensor((Axis(size=2), Axis(size=1), Axis(size=mul(2, H))))
    found = indexing.gather(OUTPUT, 1, index, SPOT, SPOT)
    assert found.axes == (
        Axis(Role.BATCH, 2),
        Axis(size=1),
        Axis(Role.FEATURE, mul(2, H), SIDES),
    )
    unsaid = indexing.gather(OUTPUT, 1, Tensor(), SPOT, SPOT)
    assert unsaid.axes == (OUTPUT.axis(0), Axis(), OUTPUT.axis(2))
    assert indexing.gather(OUTPUT, 1, Tensor((Axis(),)), SPOT, SPOT).axes is None


@pytest.mark.parametrize(
    ("size", "count", "wanted"),
    [
        (7, 2, [4, 3]),
        (5, 4, [2, 2, 1]),
        (6, 3, [2, 2, 2]),
        (1, 3, [1]),
        (mul(4, N), 2, [mul(2, N)] * 2),
        (N, 2, [UNKNOWN] * 2),
    ],
)
def test_how_chunk_cuts(size: Size, count: int, wanted: list[Size]) -> None:
    assert slicing.shares(Axis(Role.TIME, size), count) == wanted


def test_how_split_cuts() -> None:
    portions = slicing.portions
    assert portions(Axis(size=7), 3) == [3, 3, 1]
    assert portions(Axis(size=mul(2, H)), H) == [H, H]
    assert portions(Axis(size=N), 3) is None
    assert portions(Axis(), 3) is None


def test_halves_of_a_halved_size_are_exact() -> None:
    """``nn.LSTM(d, hidden // 2, bidirectional=True)`` puts out ``hidden`` features."""
    axis = Axis(Role.FEATURE, mul(2, divide(H, 2)), SIDES)
    assert slicing.shares(axis, 2) == [divide(H, 2)] * 2


def test_parts_remember_what_was_taken() -> None:
    state = claims(Config("LSTM", 2, 2, True, False, "batched", True), False)[2]
    first, second = indexing.parts(state, 0, [2, 2], SPOT, SPOT)
    assert held(first) == ((1, 0), (1, 1))
    assert held(second) == ((0, 0), (0, 1))


def test_repeating_one_position_makes_no_layers() -> None:
    state = claims(Config("GRU", 1, 1, True, False, "batched", True), False)[2]
    assert reshaping.expand(state, [3, -1, -1]).axis(0) == Axis(Role.UNKNOWN, 3)
    assert combining.cat([state, state], 0).axis(0) == Axis(Role.UNKNOWN, 2)
    assert combining.cat([state, state], 1).axis(1).role is Role.BATCH


def test_directions_joined_in_unequal_shares() -> None:
    forward = Tensor((Axis(Role.FEATURE, 11, SIDES[:1]),))
    backward = Tensor((Axis(Role.FEATURE, 11, SIDES[1:]),))
    short = Tensor((Axis(Role.FEATURE, 7, SIDES[:1]),))
    assert combining.cat([forward, backward], 0).axis(0).halves == SIDES
    assert combining.cat([short, backward], 0).axis(0).halves == ()
    assert combining.cat([short, forward], 0).axis(0).halves == SIDES[:1]


def test_arithmetic_with_an_unknown_number_of_axes() -> None:
    assert combining.arithmetic(OUTPUT, Tensor()).axes is None
    assert combining.arithmetic(Tensor(), OUTPUT).axes is None
