"""Sizes: what is said of all values of the symbols holds for random ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shapeguard.axes.size import (
    UNKNOWN,
    Expr,
    Size,
    add,
    differ,
    divide,
    exceeds,
    mul,
    multiple,
    product,
    reaches,
    same,
    show,
    symbol,
)

NAMES = ("n", "t", "hidden@Model")

leaves = st.one_of(st.integers(-6, 6), st.sampled_from([symbol(name) for name in NAMES]))


def _grown(children: st.SearchStrategy[Size]) -> st.SearchStrategy[Size]:
    return st.one_of(
        st.builds(add, children, children, st.sampled_from([1, -1])),
        st.builds(mul, children, children),
        st.builds(divide, children, st.sampled_from([2, 3])),
    )


sizes = st.recursive(leaves, _grown, max_leaves=6)
values = st.fixed_dictionaries({name: st.integers(1, 12) for name in NAMES})


def number(size: Size, given: dict[str, int]) -> Fraction | None:
    """A size in numbers, halves kept as they are; None for UNKNOWN."""
    if isinstance(size, int):
        return Fraction(size)
    if not isinstance(size, Expr):
        return None
    total = Fraction(0)
    for names, factor in size.terms:
        for name in names:
            factor *= given[name]
        total += factor
    return total


proved = settings(max_examples=400, deadline=None, derandomize=True)


@proved
@given(a=sizes, b=sizes, at=values)
@example(a=symbol("n"), b=1, at={"n": 1, "t": 1, "hidden@Model": 1})
@example(a=symbol("n"), b=symbol("t"), at={"n": 2, "t": 2, "hidden@Model": 1})
def test_what_is_proved_holds(a: Size, b: Size, at: dict[str, int]) -> None:
    one, two = number(a, at), number(b, at)
    if one is None or two is None:
        assert not any(say(a, b) for say in (same, differ, exceeds, reaches))
        return
    assert not (same(a, b) and one != two)
    assert not (differ(a, b) and one == two)
    assert not (exceeds(a, b) and one <= two)
    assert not (reaches(a, b) and one < two)


@proved
@given(a=sizes, b=sizes, at=values, sign=st.sampled_from([1, -1]))
def test_sums_and_products(a: Size, b: Size, at: dict[str, int], sign: int) -> None:
    one, two = number(a, at), number(b, at)
    for result, wanted in (
        (add(a, b, sign), None if one is None or two is None else one + sign * two),
        (mul(a, b), None if one is None or two is None else one * two),
    ):
        got = number(result, at)
        assert got == wanted or (got is None and wanted is None) or _fraction(result, wanted)


def _fraction(result: Size, wanted: Fraction | None) -> bool:
    """A number that is no whole one is no size."""
    return result is UNKNOWN and wanted is not None and wanted.denominator != 1


@proved
@given(a=sizes, b=sizes, at=values)
def test_quotients_of_multiples_are_exact(a: Size, b: Size, at: dict[str, int]) -> None:
    """a // b of numbers is torch's; over symbols it is right wherever b divides a."""
    one, two = number(a, at), number(b, at)
    got = number(divide(a, b), at)
    if got is None or one is None or two is None:
        return
    assert two != 0
    if isinstance(a, int) and isinstance(b, int):
        assert got == a // b
    else:
        assert got == one / two


@proved
@given(a=sizes, count=st.integers(1, 4), at=values)
def test_multiples(a: Size, count: int, at: dict[str, int]) -> None:
    value = number(a, at)
    if multiple(a, count):
        assert value is not None
        assert (value / count).denominator == 1


@pytest.mark.parametrize(
    "say", [same, differ, exceeds, reaches], ids=["same", "differ", "exceeds", "reaches"]
)
def test_nothing_is_said_of_unknown(say: Callable[[Size, Size], bool]) -> None:
    for other in (UNKNOWN, 1, symbol("n")):
        assert not say(UNKNOWN, other)
        assert not say(other, UNKNOWN)


def test_symbols_are_at_least_one() -> None:
    n = symbol("n")
    assert exceeds(n, 0)
    assert reaches(n, 1)
    assert not exceeds(n, 1)
    assert differ(add(n, 1), 1)
    assert not differ(n, 1)
    assert not differ(add(n, 1), 2)
    assert not differ(n, symbol("t"))
    assert not differ(mul(n, n), n)
    assert reaches(mul(n, n), n)


def test_a_product_makes_up_for_a_factor() -> None:
    n, hidden, other = symbol("n"), symbol("hidden"), symbol("other")
    assert reaches(mul(n, hidden), hidden)
    assert not differ(mul(n, hidden), hidden)
    assert not differ(mul(n, hidden), mul(2, hidden))
    assert differ(add(mul(n, hidden), other), hidden)
    assert not differ(add(mul(n, hidden), other), mul(2, hidden))
    assert not differ(add(mul(n, hidden), other), add(hidden, n))
    assert not differ(add(mul(n, n), n), add(mul(n, hidden), hidden))


def test_halving_a_symbol_is_exact_and_no_other_guess_is() -> None:
    hidden = symbol("hidden")
    assert same(mul(divide(hidden, 2), 2), hidden)
    assert divide(add(hidden, 1), 2) is UNKNOWN
    assert divide(add(mul(hidden, 2), -1), 2) is UNKNOWN
    assert same(divide(add(mul(hidden, 2), 4), 2), add(hidden, 2))
    assert same(divide(mul(hidden, symbol("n")), hidden), symbol("n"))
    assert divide(symbol("n"), hidden) is UNKNOWN
    assert divide(hidden, 0) is UNKNOWN
    assert divide(7, 2) == 3


def test_products_and_texts() -> None:
    n, hidden = symbol("n@1"), symbol("hidden@2")
    assert product([]) == 1
    assert show(product([2, hidden])) == "2*hidden"
    assert show(divide(hidden, 2)) == "hidden//2"
    assert show(add(n, 1, -1)) == "-1 + n"
    assert show(UNKNOWN) == "?"
    assert mul(n, 0) == 0
