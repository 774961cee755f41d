"""hx of an LSTM or an LSTMCell: a tuple of two tensors, or what stands in its place."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Layout, Slot
from shapeguard.runtime.call import Call, Form, Given, Other, Packed
from shapeguard.runtime.diagnosis import bindings, hx
from shapeguard.runtime.diagnosis.words import known
from shapeguard.runtime.problem import Cause, Problem

CODE = "SG202"


def wrong_pair(call: Call, state: Given) -> Problem | None:
    """hx of an LSTM or an LSTMCell which is not a pair of tensors."""
    kind, name = call.layer.kind.value, bindings.name(call.layer)
    summary = f"nn.{kind} takes a tuple of two tensors, (h_0, c_0)"
    if isinstance(state, Packed):
        return hx.problem(call, f"the states of nn.{kind} are tensors, never packed", hx.packed())
    if isinstance(state, Form):
        return _one_for_two(call, state, f"{summary}, and was given one tensor")
    items = state.items
    if items is None:
        return hx.no_tensor(call, state)
    if not items:
        return hx.problem(call, summary, hx.empty(call))
    if any(isinstance(item, Other) and item.type == "None" for item in items):
        return hx.problem(call, summary, hx.nones(call))
    pairs = [isinstance(item, Other) and item.items is not None for item in items]
    if len(items) == 2 and not pairs[0] and pairs[1]:
        return hx.problem(
            call,
            summary,
            Cause(
                "output-passed-too",
                "This is (output, (h, c)), all that nn.LSTM returned: the states come second.",
                f"out, (h, c) = lstm(x)\n{name}(x, (h, c))",
            ),
        )
    if len(items) == 1 and pairs[0]:
        return hx.problem(
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
        return hx.problem(call, summary, _pair_per_layer(call, len(items)))
    if len(items) == 1:
        return hx.problem(call, summary, _lacks_c(call, "h0, = state\n"))
    if len(items) == 2:  # two, of which one is no tensor: packed, an array, a number
        if any(isinstance(item, Other) and not known(item) for item in items):
            return None
        return hx.problem(
            call,
            summary,
            Cause("not-tensors", "Both must be tensors.", "h0, c0 = map(torch.as_tensor, state)"),
        )
    return hx.problem(call, summary, _more_than_two(call, items))


def _one_for_two(call: Call, state: Form, summary: str) -> Problem | None:
    kind, name = call.layer.kind, bindings.name(call.layer)
    h, c = bindings.expected(call, Slot.H), bindings.expected(call, Slot.C)
    if h == c and state.shape == (2, *h):
        if hx.unpacks(call):
            return None  # torch reads hx[0] and hx[1] here, and so both states
        return hx.problem(
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
            return hx.problem(
                call,
                summary,
                Cause(
                    "output-as-state",
                    "It has the shape of the output, every step's h; the states are what the call "
                    "returns second.",
                    f"out, (h, c) = {name}(x)\n{name}(x, (h, c))",
                ),
            )
    return hx.problem(call, summary, _lacks_c(call, ""))


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
