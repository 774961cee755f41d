"""Views that take axes in another order, against what torch makes of them."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from shapeguard.axes import reshaping
from shapeguard.axes.axis import Axis, Role
from shapeguard.axes.grouping import crossed
from shapeguard.axes.size import UNKNOWN, Size, mul, symbol
from shapeguard.axes.value import Tensor

B, T, H = symbol("b"), symbol("t"), symbol("h")
OUTPUT = Tensor((Axis(Role.BATCH, B), Axis(Role.TIME, T), Axis(Role.FEATURE, H)))
PRIMES = (2, 3, 5, 7)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(order=st.permutations(range(4)), cuts=st.sets(st.integers(1, 3)), hole=st.integers(0, 4))
def test_a_view_is_a_transpose_only_in_order(order: list[int], cuts: set[int], hole: int) -> None:
    bounds = [0, *sorted(cuts), 4]
    groups = [order[a:b] for a, b in itertools.pairwise(bounds)]
    shape = [math.prod(PRIMES[i] for i in group) for group in groups]
    given_ = torch.arange(math.prod(PRIMES)).reshape(PRIMES)
    sorted_groups = [i for group in groups for i in sorted(group)]
    moved = given_.permute(sorted_groups).reshape(shape)
    asked = [-1 if i == hole else size for i, size in enumerate(shape)]
    tensor = Tensor(tuple(Axis(size=size) for size in PRIMES))
    assert crossed(tensor, asked) is not torch.equal(given_.view(asked), moved)


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ((T, B, H), True),
        ((T, B, -1), True),
        ((B, -1, H), False),
        ((B, -1), False),
        ((-1, H), False),
        ((-1, B), True),
        ((H, T, B), True),
        ((1, B, T, H), False),
        ((UNKNOWN, UNKNOWN, H), False),
        ((symbol("other"), T, -1), False),
    ],
    ids=str,
)
def test_by_symbols(sizes: tuple[Size, ...], wanted: bool) -> None:
    assert crossed(OUTPUT, sizes) is wanted


def test_axes_of_equal_size_may_be_meant_in_order() -> None:
    square = Tensor((Axis(Role.TIME, 4), Axis(Role.BATCH, 4), Axis(Role.FEATURE, 3)))
    assert not crossed(square, (4, 4, 3))
    assert not crossed(square, (4, -1))


def test_the_first_axis_of_a_tensor_of_unknown_rank() -> None:
    unknown = Tensor(key="x@f")
    first, second = unknown.axis(0).size, unknown.axis(1).size
    assert crossed(unknown, (second, first, -1))
    assert crossed(unknown, (28, first, 28))
    assert crossed(unknown, (symbol("seq_len"), first, -1))
    assert not crossed(unknown, (1, first, -1))
    assert not crossed(unknown, (-1, first, second))
    assert not crossed(unknown, (symbol("num_layers"), first, -1))
    third, fourth = unknown.axis(2).size, unknown.axis(3).size
    assert crossed(unknown, (first, third, second))
    assert crossed(unknown, (first, fourth, mul(second, third)))
    assert not crossed(unknown, (first, second, mul(third, fourth)))
    assert not crossed(unknown, (first, third, -1))
    assert not crossed(unknown, (first, third, symbol("hidden")))


def test_merged_axes_come_apart_again() -> None:
    flat = reshaping.view(OUTPUT, (-1, H))
    assert [str(axis) for axis in flat.axes or ()] == ["b*t", "feature"]
    again = reshaping.view(flat, (B, -1, H))
    assert again.axes == OUTPUT.axes
    assert crossed(flat, (T, B, H))
    both = reshaping.flatten(OUTPUT, 1, 2)
    assert reshaping.view(both, (B, T, -1)).axes == OUTPUT.axes
    assert reshaping.view(both, (mul(B, T), H)).axes == flat.axes
