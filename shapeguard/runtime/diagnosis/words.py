"""What was given in place of a tensor, in words."""

from __future__ import annotations

from shapeguard.runtime.call import Form, Given, Other, Packed
from shapeguard.runtime.diagnosis.bindings import shown


def known(other: Other) -> bool:
    """Whether it is of a type that is surely no tensor."""
    return "." not in other.type or other.type.split(".")[0] in ("numpy", "pandas", "PIL")


def words(given: Given) -> str:
    """What was given, in words."""
    if isinstance(given, Form):
        return f"one tensor {shown(given.shape)}"
    if isinstance(given, Packed):
        return "a PackedSequence"
    if given.items is None:
        return "the value None" if given.type == "None" else f"a {given.type}"
    inner = [_short(item) for item in given.items]
    return (
        f"a {given.type} of {len(inner)}: {', '.join(inner)}" if inner else f"an empty {given.type}"
    )


def _short(given: Given) -> str:
    if isinstance(given, Form):
        return shown(given.shape)
    if isinstance(given, Packed):
        return "PackedSequence"
    if given.items is None:
        return given.type
    return f"{given.type} of {len(given.items)}"
