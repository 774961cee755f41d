"""What problems with hx as a whole have in common, whichever class it was given to."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Other, Packed
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.diagnosis.words import known, words
from shapeguard.runtime.problem import Cause, Problem

CODE = "SG202"


def problem(call: Call, summary: str, *causes: Cause) -> Problem:
    """The Problem of hx as a whole, expected and got in words."""
    two = len(contract.states(call.layer.kind)) == 2
    layout = call.layout
    assert layout is not None
    axes = call.layer.axes(layout, Slot.H)
    shapes = bindings.shown(bindings.expected(call, Slot.H))
    if two:
        cell = bindings.shown(bindings.expected(call, Slot.C))
        expected = f"a tuple (h_0, c_0) of tensors {shapes} and {cell}"
    else:
        expected = f"one tensor h_0 {shapes}: {', '.join(axes)}"
    assert call.state is not None
    return Problem(
        slot="hx",
        summary=summary,
        code=CODE,
        axes=axes,
        expected=expected,
        got=words(call.state),
        bindings=(),
        causes=causes,
    )


def unpacks(call: Call) -> bool:
    """Whether torch reads hx[0] and hx[1] one by one, whatever hx is."""
    permuted = isinstance(call.input, Packed) and call.input.permuted
    return call.layout is Layout.UNBATCHED or permuted


def nones(call: Call) -> Cause:
    """Of a tuple with None in it."""
    two = len(contract.states(call.layer.kind)) == 2
    name = bindings.name(call.layer)
    both = "both states are" if two else "the state is"
    return Cause(
        "no-state-in-tuple",
        f"A state that is missing stands in a tuple. Without hx {both} zeros.",
        f"{name}(x)",
    )


def empty(call: Call) -> Cause:
    """Of an empty tuple or list."""
    return Cause(
        "no-state-in-tuple",
        "There is nothing in it. Without hx the states are zeros.",
        f"{bindings.name(call.layer)}(x)",
    )


def packed() -> Cause:
    """Of a PackedSequence as state."""
    return Cause(
        "packed-state",
        "The packed output of a layer stands where its state is meant: it is what the call "
        "returns first.",
        "packed_out, state = layer(packed)",
    )


def no_tensor(call: Call, state: Other) -> Problem | None:
    """Of an array, a number, or what else is no tensor."""
    if state.type.endswith(".ParameterList") and not unpacks(call):
        cure = f"{bindings.name(call.layer)}(x, tuple(states))"
        why = "nn.ParameterList registers states that are learned, and is no tuple to torch."
        return problem(
            call, "the states stand in an nn.ParameterList", Cause("parameter-list", why, cure)
        )
    if not known(state):
        return None
    kind = call.layer.kind.value
    if state.type.startswith("numpy"):
        cause = Cause(
            "numpy-state",
            "Arrays are not converted by themselves, and numpy's floats are float64.",
            f"h0 = torch.as_tensor(h0).to({bindings.tensor(call)})  # dtype and device of x",
        )
    elif state.type in ("int", "float", "bool"):
        cause = Cause(
            "number-as-state",
            f"A {state.type} is the second argument: batch size, lengths and flags are none of "
            "forward's.",
            f"{bindings.name(call.layer)}(x)",
        )
    else:
        cause = Cause(
            "not-tensors",
            f"A {state.type} is no tensor.",
            "\n".join(bindings.zeros(call, slot) for slot in contract.states(call.layer.kind)),
        )
    return problem(call, f"the state of nn.{kind} is no tensor", cause)
