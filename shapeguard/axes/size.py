"""Sizes of axes: whole numbers, or polynomials over symbols that stand for positive numbers.

Two sizes are the same, provably different, or neither. Halving a symbol (``hidden // 2``) is taken
as exact, because a program that halves a size and doubles it again relies on that.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache


class Unknown(Enum):
    """The one value of what cannot be known. It is never equal to anything by inference."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown.UNKNOWN

Monomial = tuple[str, ...]


@dataclass(frozen=True)
class Expr:
    """A polynomial over symbols with rational coefficients; symbols are at least 1."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    def __str__(self) -> str:
        parts = []
        for names, factor in self.terms:
            text = "*".join(label(name) for name in names)
            if not names:
                text = str(factor)
            elif factor.denominator != 1:
                head = text if factor.numerator == 1 else f"{factor.numerator}*{text}"
                text = f"{head}//{factor.denominator}"
            elif factor != 1:
                text = f"{factor}*{text}"
            parts.append(text)
        return " + ".join(parts).replace("+ -", "- ")


Size = int | Expr | Unknown


@lru_cache(maxsize=4096)
def symbol(name: str) -> Expr:
    """A size known only by name, such as a constructor parameter without a default.

    What follows ``@`` in a name tells apart symbols that read the same and is never shown.
    """
    return Expr((((name,), Fraction(1)),))


def label(name: str) -> str:
    """The part of a symbol's name that a person reads."""
    return name.partition("@")[0]


def show(size: Size) -> str:
    """The size as a person writes it; ``?`` where it is unknown."""
    return "?" if size is UNKNOWN else str(size)


def symbols(size: Expr) -> set[str]:
    """The names of the symbols in a size."""
    return {name for names, _ in size.terms for name in names}


def _terms(size: int | Expr) -> dict[Monomial, Fraction]:
    if isinstance(size, Expr):
        return dict(size.terms)
    return {(): Fraction(size)} if size else {}


def _make(terms: dict[Monomial, Fraction]) -> Size:
    kept = {names: factor for names, factor in terms.items() if factor}
    if not kept:
        return 0
    if set(kept) == {()}:
        constant = kept[()]
        return int(constant) if constant.denominator == 1 else UNKNOWN
    return Expr(tuple(sorted(kept.items())))


def add(a: Size, b: Size, sign: int = 1) -> Size:
    """a + b, or a - b with ``sign=-1``."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a + sign * b
    terms = _terms(a)
    for names, factor in _terms(b).items():
        terms[names] = terms.get(names, Fraction(0)) + sign * factor
    return _make(terms)


def mul(a: Size, b: Size) -> Size:
    """a * b."""
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    terms: dict[Monomial, Fraction] = {}
    for names, factor in _terms(a).items():
        for more, other in _terms(b).items():
            key = tuple(sorted(names + more))
            terms[key] = terms.get(key, Fraction(0)) + factor * other
    return _make(terms)


def divide(a: Size, b: Size) -> Size:
    """a // b: symbols are taken to divide; UNKNOWN where that would be a guess."""
    if isinstance(a, Unknown) or isinstance(b, Unknown) or b == 0:
        return UNKNOWN
    if isinstance(a, int) and isinstance(b, int):
        return a // b
    if isinstance(b, int):
        if (_terms(a).get((), Fraction(0)) / b).denominator != 1:
            return UNKNOWN  # (n + 1) // 2 is n // 2 or one more
        return _make({names: factor / b for names, factor in _terms(a).items()})
    above, below = _terms(a), _terms(b)
    if len(above) == 1 and len(below) == 1:
        ((names, factor),) = above.items()
        ((divisor, scale),) = below.items()
        rest = list(names)
        for name in divisor:
            if name not in rest:
                return UNKNOWN
            rest.remove(name)
        return _make({tuple(rest): factor / scale})
    return 1 if above == below else UNKNOWN


def product(sizes: list[Size]) -> Size:
    """The product of all, 1 of none."""
    result: Size = 1
    for size in sizes:
        result = mul(result, size)
    return result


def same(a: Size, b: Size) -> bool:
    """Provably equal."""
    return a is not UNKNOWN and b is not UNKNOWN and a == b


def differ(a: Size, b: Size) -> bool:
    """Provably different, for every value the symbols can take.

    Symbols are at least 1, so a difference whose terms all have one sign cannot be zero, and
    ``a * b`` makes up for ``-a``.
    """
    above, below = _least(a, b), _least(b, a)
    return (above is not None and above > 0) or (below is not None and below > 0)


def _least(a: Size, b: Size) -> Fraction | None:
    """The least value of a - b over all values of the symbols, where that is easy to see."""
    difference = add(a, b, -1)
    if isinstance(difference, Unknown):
        return None
    terms = _terms(difference)
    below = {names: -factor for names, factor in terms.items() if names and factor < 0}
    if below and not _covered(below, {n: f for n, f in terms.items() if n and f > 0}):
        return None
    return sum(terms.values(), Fraction(0))


def _covered(below: dict[Monomial, Fraction], above: dict[Monomial, Fraction]) -> bool:
    """Whether each term is made up for by another one with the same symbols and more."""
    for names, factor in below.items():
        for more, other in above.items():
            if other >= factor and not Counter(names) - Counter(more):
                above[more] = other - factor
                break
        else:
            return False
    return True


def exceeds(a: Size, b: Size) -> bool:
    """Provably greater than b."""
    least = _least(a, b)
    return least is not None and least > 0


def reaches(a: Size, b: Size) -> bool:
    """Provably b or greater."""
    least = _least(a, b)
    return least is not None and least >= 0


def multiple(a: Size, number: int) -> bool:
    """Provably a multiple of a positive number."""
    if isinstance(a, Unknown):
        return False
    return all((factor / number).denominator == 1 for factor in _terms(a).values())
