"""Source text, taken apart and put together: what fixes and messages need of an expression."""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPEN, _CLOSE = "([{", ")]}"
_ATOM = re.compile(r"[\w.]+(\([^()]*\)|\[[^][]*\])?")


def short(text: str, limit: int = 60) -> str:
    """The text on one line, cut where it is long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else f"{flat[: limit - 3]}..."


def split(text: str) -> list[str] | None:
    """The items of a comma-separated list; None where brackets or quotes do not close."""
    items: list[str] = []
    depth, start, quote = 0, 0, ""
    for i, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == "," and depth == 0:
            items.append(text[start:i].strip())
            start = i + 1
    if depth or quote or "#" in text:
        return None
    last = text[start:].strip()
    return [*items, last] if last else items


def keys(expression: str, base: str) -> list[str] | None:
    """The keys of ``base[...]`` as written; None where the expression is not of that form."""
    rest = expression[len(base) :].strip() if expression.startswith(base) else ""
    if not (rest.startswith("[") and rest.endswith("]")):
        return None
    inner = rest[1:-1].strip()
    if inner.startswith("(") and inner.endswith(")"):
        return None
    return split(inner)


def spread(written: Sequence[str], rank: int) -> list[str] | None:
    """The keys with one for each axis; None where they make or lack an axis."""
    out = list(written)
    if out.count("...") > 1 or "None" in out or len(out) - ("..." in out) > rank:
        return None
    missing = rank - len(out) + ("..." in out)
    if "..." in out:
        at = out.index("...")
        return [*out[:at], *[":"] * missing, *out[at + 1 :]]
    return out + [":"] * missing


def indexed(base: str, positions: Sequence[str]) -> str:
    """``base[...]`` with one key for each axis; whole slices at the end are left out."""
    kept = list(positions)
    while len(kept) > 1 and kept[-1] == ":":
        kept.pop()
    return f"{primary(base)}[{', '.join(kept)}]"


def primary(text: str) -> str:
    """The text as something that can be indexed: in parentheses unless it can be as it is."""
    depth = 0
    for char in text:
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif depth == 0 and not (char.isalnum() or char in "_."):
            return f"({text})"
    return text


def unbound(text: str) -> str | None:
    """``x`` of ``x.unbind(0)``; None where the text is not of that form."""
    match = re.fullmatch(r"(.+)\.unbind\(\s*((dim\s*=\s*)?-?\d+)?\s*\)", text, re.S)
    return None if match is None or match[1] == "torch" else match[1]


def value_of(argument: str) -> str:
    """The value of an argument that may be written ``name=value``."""
    return re.sub(r"^\s*\w+\s*=(?!=)\s*", "", argument).strip()


def factor(text: str) -> str:
    """The text as one factor of a product: in parentheses unless it holds together by itself."""
    return text if _ATOM.fullmatch(text) else f"({text})"


def words(text: str) -> frozenset[str]:
    """The names that an expression is made of, dotted names whole."""
    return frozenset(re.findall(r"[A-Za-z_][\w.]*", text))


def renamed(text: str, old: str, new: str) -> str:
    """The expression with one name (or what stands for it) in place of another."""
    return re.sub(rf"(?<![\w.]){re.escape(old)}(?!\w|\s*=(?!=))", lambda _: new, text)


def is_name(text: str) -> bool:
    """Whether the text is one name, or an attribute of one."""
    return re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", text) is not None


def with_article(kind: str) -> str:
    """``an LSTM``, ``a GRU``."""
    return f"{'a' if kind.startswith('GRU') else 'an'} {kind}"
