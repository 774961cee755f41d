"""The shape of a state that is a tensor, against its row of the contract."""

from __future__ import annotations

from dataclasses import replace

from shapeguard import contract
from shapeguard.contract import Axes, Slot
from shapeguard.runtime.call import Call, Form
from shapeguard.runtime.diagnosis import axis_causes, bindings, rank_causes
from shapeguard.runtime.problem import Cause, Problem

CODE = "SG501"
_MOST = 3


def wrong_shape(call: Call, forms: tuple[Form, ...]) -> Problem | None:
    """The first state whose shape is not what the contract says, with what explains it."""
    layout = call.layout
    slots = contract.states(call.layer.kind)
    assert layout is not None
    wants = [bindings.expected(call, slot) for slot in slots]
    wrong = [
        at for at, (form, want) in enumerate(zip(forms, wants, strict=True)) if form.shape != want
    ]
    if not wrong:
        return None
    at = wrong[0]
    slot, got, want = slots[at], forms[at].shape, wants[at]
    axes = call.layer.axes(layout, slot)
    causes = _swapped_states(call, forms, wants) or _causes(call, slot, axes, want, got)
    if len(wrong) == 2 and forms[0].shape == forms[1].shape and wants[0] == wants[1]:
        row = call.layer.axes(layout, slots[1])
        causes = _cured(causes, _causes(call, slots[1], row, want, got))
    also = f"; {bindings.slot_name(slots[1])} likewise" if len(wrong) == 2 else ""
    differs = _differs(axes, want, got)
    return Problem(
        slot=bindings.slot_name(slot),
        summary=f"{_summary(axes, want, got)}{also}",
        code=CODE,
        axes=axes,
        expected=want,
        got=got,
        differs=differs,
        bindings=bindings.of(call, axes),
        causes=causes,
    )


def _summary(axes: Axes, want: tuple[int, ...], got: tuple[int, ...]) -> str:
    if len(want) != len(got):
        return f"the state has {_count(len(got))}, not {len(want)}"
    differs = _differs(axes, want, got)
    if sorted(want) == sorted(got):
        return "the axes of the state are in another order"
    number = dict(zip(axes, zip(want, got, strict=True), strict=True))
    words = []
    if "D*K" in differs:
        one, other = number["D*K"]
        words.append(f"is of {_many(other, 'layer')} and direction{'s' * (other != 1)}, not {one}")
    if "N" in differs:
        one, other = number["N"]
        words.append(f"is of {_many(other, 'sample')}, and the input of {one}")
    if axes[-1] in differs:
        one, other = number[axes[-1]]
        words.append(f"has {_many(other, 'feature')}, not {one}")
    return f"the state {', and '.join(words)}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _count(axes: int) -> str:
    return "one axis" if axes == 1 else "no axes" if not axes else f"{axes} axes"


def _differs(axes: Axes, want: tuple[int, ...], got: tuple[int, ...]) -> tuple[str, ...]:
    if len(want) != len(got):
        return ()
    return tuple(axis for axis, one, other in zip(axes, want, got, strict=True) if one != other)


def _swapped_states(
    call: Call, forms: tuple[Form, ...], wants: list[tuple[int, ...]]
) -> tuple[Cause, ...]:
    """h and c have each the shape of the other, as only proj_size can tell."""
    if len(forms) != 2 or wants[0] == wants[1]:
        return ()
    if (forms[0].shape, forms[1].shape) != (wants[1], wants[0]):
        return ()
    name = bindings.name(call.layer)
    return (
        Cause(
            "h-and-c-swapped",
            "Each has the shape of the other: h has proj_size features and c has hidden_size, and "
            "h comes first.",
            f"{name}(x, (h0, c0))  # not (c0, h0)",
        ),
    )


def _cured(causes: tuple[Cause, ...], others: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes of h's shape, with the cures of c's, which are the same for another name."""
    cures = {other.slug: other.cure for other in others}
    found = []
    for cause in causes:
        lines = cause.cure.splitlines()
        more = [
            line
            for line in cures.get(cause.slug, "").splitlines()
            if line not in lines and line.startswith("c0 ")
        ]
        of_h = [at for at, line in enumerate(lines) if line.startswith("h0 ")]
        after = of_h[-1] + 1 if of_h else len(lines)
        lines[after:after] = more
        found.append(replace(cause, cure="\n".join(lines)))
    return tuple(found)


def _causes(
    call: Call, slot: Slot, axes: Axes, want: tuple[int, ...], got: tuple[int, ...]
) -> tuple[Cause, ...]:
    if len(got) != len(want):
        return rank_causes.of(call, slot, want, got)
    return axis_causes.of(call, slot, axes, want, got)[:_MOST]
