"""Words for what was given to a packing function, and the complaint about what is empty."""

from __future__ import annotations

from shapeguard.runtime.call import Form, Given, Other, Packed
from shapeguard.runtime.problem import Cause, Problem


def nothing(shape: tuple[int, ...], slot: str) -> Problem:
    return Problem(
        slot,
        "it has no elements, and torch packs no empty tensors.",
        expected="every size 1 or more",
        got=f"shape {shape}",
        causes=(
            Cause(
                "empty-batch",
                "A size is 0: a filter has left no sample, or a slice no step or feature.",
                f"if {'x' if slot == 'input' else 'sequences[0]'}.numel():\n    ...",
            ),
        ),
    )


def described(given: Given) -> str:
    if isinstance(given, Form):
        return f"a tensor of shape {given.shape}"
    if isinstance(given, Packed):
        return "a PackedSequence"
    if given.items:
        kinds = [
            "a tensor" if isinstance(i, Form) else i.type if isinstance(i, Other) else described(i)
            for i in given.items
        ]
        return f"a {given.type} of {', '.join(dict.fromkeys(kinds))}"
    return given.type
