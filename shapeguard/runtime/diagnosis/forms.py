"""What stands in hx: one tensor, a tuple, something else. The first question about states."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form, Given, Other, Packed
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.diagnosis.words import known, words
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
        return _of_two(call, call.state)
    return _of_one(call, call.state)


def _problem(call: Call, summary: str, *causes: Cause) -> Problem:
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
        return _problem(call, f"the state of nn.{kind} is a tensor, never packed", _packed())
    assert isinstance(state, Other)
    items = state.items
    if items is None:
        return _no_states(call, state)
    summary = f"nn.{kind} takes one tensor as state, no {state.type}"
    if not items:
        return _problem(call, summary, _empty(call))
    if any(isinstance(item, Other) and item.type == "None" for item in items):
        return _problem(call, summary, _nones(call))
    if len(items) == 2 and _whole_result(call, items[0], items[1]):
        cure = f"out, h = {name}(x)\nout, h = {name}(x, h)"
        why = "This is all that a layer returned, (output, state): only the second is a state."
        if isinstance(items[1], Other):
            cure = f"out, (h, c) = lstm(x)\n{name}(x, h)"
        return _problem(call, summary, Cause("output-passed-too", why, cure))
    if len(items) == 1:
        return _problem(
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
        return _problem(
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
        return _problem(
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
    return _problem(call, summary, Cause(slug, f"nn.{kind} keeps one state, h.", f"{name}(x, h0)"))


def _of_two(call: Call, state: Given) -> Problem | None:
    """hx of an LSTM or an LSTMCell which is not a pair of tensors."""
    kind, name = call.layer.kind.value, bindings.name(call.layer)
    summary = f"nn.{kind} takes a tuple of two tensors, (h_0, c_0)"
    if isinstance(state, Packed):
        return _problem(call, f"the states of nn.{kind} are tensors, never packed", _packed())
    if isinstance(state, Form):
        return _one_for_two(call, state, f"{summary}, and was given one tensor")
    items = state.items
    if items is None:
        return _no_states(call, state)
    if not items:
        return _problem(call, summary, _empty(call))
    if any(isinstance(item, Other) and item.type == "None" for item in items):
        return _problem(call, summary, _nones(call))
    pairs = [isinstance(item, Other) and item.items is not None for item in items]
    if len(items) == 2 and not pairs[0] and pairs[1]:
        return _problem(
            call,
            summary,
            Cause(
                "output-passed-too",
                "This is (output, (h, c)), all that nn.LSTM returned: the states come second.",
                f"out, (h, c) = lstm(x)\n{name}(x, (h, c))",
            ),
        )
    if len(items) == 1 and pairs[0]:
        return _problem(
            call,
            summary,
            Cause(
                "states-nested",
                f"The pair (h, c) stands in a {state.type} of one: a pair of brackets too many, "
                "or *args without its star.",
                f"{name}(x, state[0])",
            ),
        )
    if all(pairs):
        return _problem(call, summary, _pair_per_layer(call, len(items)))
    if len(items) == 1:
        return _problem(call, summary, _lacks_c(call, "h0, = state\n"))
    if len(items) == 2:  # two, of which one is no tensor: packed, an array, a number
        if any(isinstance(item, Other) and not known(item) for item in items):
            return None
        return _problem(
            call,
            summary,
            Cause("not-tensors", "Both must be tensors.", "h0, c0 = map(torch.as_tensor, state)"),
        )
    return _problem(call, summary, _more_than_two(call, items))


def _one_for_two(call: Call, state: Form, summary: str) -> Problem | None:
    kind, name = call.layer.kind, bindings.name(call.layer)
    h, c = bindings.expected(call, Slot.H), bindings.expected(call, Slot.C)
    if h == c and state.shape == (2, *h):
        if _unpacks(call):
            return None  # torch reads hx[0] and hx[1] here, and so both states
        return _problem(
            call,
            summary,
            Cause(
                "states-stacked",
                "Its first axis has h and c one after the other: torch wants them in a tuple.",
                f"h0, c0 = state\n{name}(x, (h0, c0))",
            ),
        )
    if not kind.is_cell and call.sizes is not None:
        output = contract.shape(kind, call.layout or Layout.PACKED, Slot.OUTPUT, call.sizes)
        if state.shape == output and output != h:
            return _problem(
                call,
                summary,
                Cause(
                    "output-as-state",
                    "It has the shape of the output, every step's h; the states are what the call "
                    "returns second.",
                    f"out, (h, c) = {name}(x)\n{name}(x, (h, c))",
                ),
            )
    return _problem(call, summary, _lacks_c(call, ""))


def _unpacks(call: Call) -> bool:
    """Whether torch reads hx[0] and hx[1] one by one, whatever hx is."""
    permuted = isinstance(call.input, Packed) and call.input.permuted
    return call.layout is Layout.UNBATCHED or permuted


def _lacks_c(call: Call, before: str) -> Cause:
    name = bindings.name(call.layer)
    cell = "c0 = torch.zeros_like(h0)" if not call.layer.proj_size else bindings.zeros(call, Slot.C)
    return Cause(
        "lstm-needs-two-states",
        "An RNN or a GRU has one state, h; an LSTM has the cell state c besides, and takes and "
        "returns both as a tuple.",
        f"{before}{cell}\n{name}(x, (h0, c0))",
        "pass (h0, h0): it runs, and c is another quantity than h.",
    )


def _pair_per_layer(call: Call, count: int) -> Cause:
    name = bindings.name(call.layer)
    if call.layer.kind.is_cell:
        return Cause(
            "state-per-layer",
            f"These are {count} pairs (h, c), one for each Cell: a Cell takes its own.",
            f"{name}(x, states[k])  # of layer k",
        )
    join = "torch.stack"
    return Cause(
        "state-per-layer",
        f"These are {count} pairs (h, c), one for each layer: torch takes all layers' h in one "
        "tensor, and all c in another.",
        f"h0 = {join}([h for h, c in states])  # torch.cat where each h has a layer axis\n"
        f"c0 = {join}([c for h, c in states])\n{name}(x, (h0, c0))",
    )


def _more_than_two(call: Call, items: tuple[Given, ...]) -> Cause:
    name = bindings.name(call.layer)
    if len(items) == 3:
        return Cause(
            "three-states",
            "Three stand in the tuple: (output, h, c) put together by hand has the output first.",
            f"out, h, c = state\n{name}(x, (h, c))",
        )
    return Cause(
        "state-per-layer",
        f"{len(items)} stand in it: states kept one by one are stacked to one h and one c.",
        f"{name}(x, (torch.stack(h_states), torch.stack(c_states)))",
    )


def _nones(call: Call) -> Cause:
    two = len(contract.states(call.layer.kind)) == 2
    name = bindings.name(call.layer)
    both = "both states are" if two else "the state is"
    return Cause(
        "no-state-in-tuple",
        f"A state that is missing stands in a tuple. Without hx {both} zeros.",
        f"{name}(x)",
    )


def _empty(call: Call) -> Cause:
    return Cause(
        "no-state-in-tuple",
        "There is nothing in it. Without hx the states are zeros.",
        f"{bindings.name(call.layer)}(x)",
    )


def _packed() -> Cause:
    return Cause(
        "packed-state",
        "The packed output of a layer stands where its state is meant: it is what the call "
        "returns first.",
        "packed_out, state = layer(packed)",
    )


def _no_states(call: Call, state: Other) -> Problem | None:
    if state.type.endswith(".ParameterList") and not _unpacks(call):
        cure = f"{bindings.name(call.layer)}(x, tuple(states))"
        why = "nn.ParameterList registers states that are learned, and is no tuple to torch."
        return _problem(
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
    return _problem(call, f"the state of nn.{kind} is no tensor", cause)
