"""What stands in hx: one tensor, a tuple, something else. The first question about states."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Slot
from shapeguard.runtime.call import Call, Form, Given, Other, Packed
from shapeguard.runtime.diagnosis import bindings, hx, pairs
from shapeguard.runtime.problem import Cause, Problem

CODE = "SG202"


def states(call: Call) -> tuple[Form, ...] | None:
    """The states that forward reads from hx, in the order of the tuple.

    None where there are none, or where it is not known which they are.
    """
    slots, state = contract.states(call.layer.kind), call.state
    if len(slots) == 1:
        return (state,) if isinstance(state, Form) else None
    if not isinstance(state, Other) or state.items is None or len(state.items) != 2:
        return None
    forms = tuple(item for item in state.items if isinstance(item, Form))
    return forms if len(forms) == 2 else None


def wrong_form(call: Call) -> Problem | None:
    """hx that is none of the tensors, or not the tuple, that the class takes."""
    if call.state is None or call.layout is None or states(call) is not None:
        return None
    if len(contract.states(call.layer.kind)) == 2:
        return pairs.wrong_pair(call, call.state)
    return _of_one(call, call.state)


def _whole_result(call: Call, output: Given, state: Given) -> bool:
    """Whether two values are all that a layer returned: (output, state)."""
    if call.layer.kind.is_cell:
        return isinstance(state, Other) and state.items is not None and len(state.items) == 2
    if isinstance(output, Packed):
        return True
    if len(contract.states(call.layer.kind)) == 2:
        return isinstance(state, Other) and state.items is not None
    assert call.layout is not None
    if not isinstance(output, Form) or call.sizes is None:
        return False
    shape = contract.shape(call.layer.kind, call.layout, Slot.OUTPUT, call.sizes)
    return output.shape == shape and shape != bindings.expected(call, Slot.H)


def _of_one(call: Call, state: Given) -> Problem | None:
    """hx of an RNN, a GRU or a Cell of one state, which is no tensor."""
    kind, name = call.layer.kind.value, bindings.name(call.layer)
    slug = f"{'gru' if kind.startswith('GRU') else 'rnn'}-takes-one-state"
    if isinstance(state, Packed):
        return hx.problem(call, f"the state of nn.{kind} is a tensor, never packed", hx.packed())
    assert isinstance(state, Other)
    items = state.items
    if items is None:
        return hx.no_tensor(call, state)
    summary = f"nn.{kind} takes one tensor as state, no {state.type}"
    if not items:
        return hx.problem(call, summary, hx.empty(call))
    if any(isinstance(item, Other) and item.type == "None" for item in items):
        return hx.problem(call, summary, hx.nones(call))
    if len(items) == 2 and _whole_result(call, items[0], items[1]):
        cure = f"out, h = {name}(x)\nout, h = {name}(x, h)"
        why = "This is all that a layer returned, (output, state): only the second is a state."
        if isinstance(items[1], Other):
            cure = f"out, (h, c) = lstm(x)\n{name}(x, h)"
        return hx.problem(call, summary, Cause("output-passed-too", why, cure))
    if len(items) == 1:
        return hx.problem(
            call,
            summary,
            Cause(
                "state-in-tuple",
                f"The state stands in a {state.type} of one: a trailing comma, or hidden[0] of a "
                "nested tuple, makes it.",
                "h0, = state  # or state[0]\n" + f"{name}(x, h0)",
            ),
        )
    first, second = items[0], items[1]
    if len(items) == 2 and state.type == "tuple":
        return hx.problem(
            call,
            summary,
            Cause(
                slug,
                f"A pair (h, c) is the state of an LSTM; nn.{kind} has no cell state c.",
                f"h0, c0 = state\n{name}(x, h0)",
                "use torch.stack(state) or torch.cat(state): c is no hidden state.",
            ),
        )
    if isinstance(first, Form) and isinstance(second, Form):
        stacked = (
            "torch.stack"
            if len(first.shape) < len(bindings.expected(call, Slot.H))
            else "torch.cat"
        )
        return hx.problem(
            call,
            summary,
            Cause(
                "state-per-layer",
                f"A {state.type} of {len(items)} states, one each layer or sample: torch takes "
                "them in one tensor.",
                f"h0 = {stacked}(list(state))  # {', '.join(call.layer.axes(call.layout, Slot.H))}"
                if call.layout
                else "",
            ),
        )
    return hx.problem(
        call, summary, Cause(slug, f"nn.{kind} keeps one state, h.", f"{name}(x, h0)")
    )
