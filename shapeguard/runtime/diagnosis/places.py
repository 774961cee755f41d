"""dtype and device: where the parts of a call cannot meet.

What torch refuses was measured. Under autocast, floating dtypes other than float64 meet; on the
meta device nothing is computed, so only what a layer compares by hand is refused.
"""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Kind, Layout, Slot
from shapeguard.runtime.call import Call, Form
from shapeguard.runtime.diagnosis import bindings
from shapeguard.runtime.problem import Cause, Problem

CODE = "SG502"
_HALVES = ("float16", "bfloat16")


def integers(call: Call) -> Problem | None:
    """An input of a dtype that no weights multiply."""
    data = call.data
    return None if data is None or data.floating else _integers(call, data)


def wrong_input(call: Call) -> Problem | None:
    """An input that is not where the weights are, or not of their dtype."""
    data, layer = call.data, call.layer
    if data is None:
        return None
    if _apart(data.device, layer.device):
        return _input_device(call, data, str(layer.device))
    by_kernel = layer.kind.is_cell or (layer.kind is Kind.LSTM and call.layout is Layout.PACKED)
    unchecked = by_kernel and data.device == "meta"
    if not unchecked and layer.dtype and not _meet(data.dtype, layer.dtype, call.autocast):
        return _input_dtype(call, data, layer.dtype)
    return None


def wrong_state(call: Call, states: tuple[Form, ...]) -> Problem | None:
    """States that are not where the input is, or not of its dtype."""
    data = call.data
    if data is None:
        return None
    slots = contract.states(call.layer.kind)
    pairs = list(zip(slots, states, strict=True))
    elsewhere = [(slot, state) for slot, state in pairs if _apart(state.device, data.device)]
    if elsewhere:
        return _state_device(call, elsewhere, data)
    wrong = [(slot, state) for slot, state in pairs if _unlike(call, slot, state, data)]
    if wrong and wrong[0][0] is Slot.H:  # then c_0 is named too where some kernel would take it
        wrong = [(slot, state) for slot, state in pairs if state.dtype != data.dtype]
    return _state_dtype(call, wrong, data) if wrong else None


def _unlike(call: Call, slot: Slot, state: Form, data: Form) -> bool:
    """Whether torch is known to refuse the state's dtype."""
    if not state.floating:
        return True
    dtype = call.layer.dtype or data.dtype
    if state.device == "meta" or _meet(state.dtype, dtype, call.autocast):
        return False
    return slot is not Slot.C or _refuses_c(call, state, data, dtype)


def _apart(one: str, other: str | None) -> bool:
    """Whether two devices are known to be different ones: "cuda" may be any of its kind."""
    if other is None or one == other:
        return False
    kinds = one.partition(":")[0], other.partition(":")[0]
    return kinds[0] != kinds[1] or (":" in one and ":" in other)


def _meet(one: str, other: str, autocast: bool) -> bool:
    if one == other:
        return True
    wide = ("float64", "complex64", "complex128")
    return autocast and one not in wide and other not in wide


def _refuses_c(call: Call, state: Form, data: Form, dtype: str) -> bool:
    """c_0 meets no weights: a Cell and some kernels go on with the wider dtype of the two."""
    if call.layer.kind.is_cell or call.autocast or data.device != "cpu" or dtype != "float32":
        return False
    projected = bool(call.layer.proj_size)
    if call.layout is not Layout.PACKED and not projected:
        return True  # the fused kernel of the CPU takes one dtype
    steps = bindings.numbers(call).L
    wider = state.dtype in ("float64", "complex64", "complex128")
    return wider and (steps > 1 or projected)  # then a state of c's dtype meets weights


def _to(dtype: str) -> str:
    short = {"float32": "float()", "float64": "double()", "float16": "half()"}
    return short.get(dtype, f"{dtype}()" if dtype == "bfloat16" else f"to(torch.{dtype})")


def _input_device(call: Call, data: Form, device: str) -> Problem:
    name = bindings.name(call.layer)
    if device == "meta":
        cause = Cause(
            "weights-on-meta",
            "The layer was built on the meta device, where weights have a shape and no values.",
            f'{name}.to_empty(device="{data.device}")\n'
            f"{name}.load_state_dict(weights)  # to_empty leaves the values undefined",
        )
    elif data.device == "meta":
        cause = Cause(
            "input-on-meta",
            "The input is on the meta device: it has a shape and no values, so no copy of it can.",
            f'x = torch.randn({bindings.shown(data.shape)}, device="{device}")  # or real data',
        )
    elif device == "cpu":
        cause = Cause(
            "model-not-moved",
            "The input was moved and the layer was not. `model.to` moves what is registered in "
            "the model: a layer in a plain list or dict is not, see nn.ModuleList.",
            f'{name}.to("{data.device}")  # once, before the optimizer is made',
        )
    else:
        cause = Cause(
            "input-not-moved",
            f"The layer is on {device} and the input is not. `x.to(...)` returns the moved tensor "
            "and leaves x as it was.",
            f'x = x.to("{device}")',
        )
    return Problem(
        slot="input",
        summary=f"the input is on {data.device} and the weights are on {device}",
        expected=f"{device}, where the weights are",
        got=data.device,
        causes=(cause,),
    )


def _integers(call: Call, data: Form) -> Problem:
    layer, dtype = call.layer, call.layer.dtype or "float32"
    tokens = data.dtype != "bool" and (not data.shape or data.shape[-1] != layer.input_size)
    embedding = Cause(
        "tokens-not-embedded",
        "These look like token ids: an embedding makes a vector of input_size numbers from "
        f"each, which adds the axis Hin = {layer.input_size}.",
        f"embedding = nn.Embedding(num_tokens, {layer.input_size})  # once, in __init__\n"
        "x = embedding(x)",
    )
    convert = Cause(
        "integers-not-converted",
        f"{data.dtype} is counted, compared or loaded data (one-hot vectors, masks, images): "
        "the weights multiply floating numbers only.",
        f"x = x.{_to(dtype)}",
    )
    return Problem(
        slot="input",
        summary=f"the input is {data.dtype}, no floating dtype",
        expected=f"{dtype}, as the weights",
        got=f"{data.dtype}, of shape {bindings.shown(data.shape)}",
        causes=(embedding,) if tokens else (convert,),
    )


def _input_dtype(call: Call, data: Form, dtype: str) -> Problem:
    name = bindings.name(call.layer)
    if data.dtype == "float64":
        cause = Cause(
            "double-from-numpy",
            "Floats of numpy are float64, and torch.from_numpy, torch.tensor(array) and a Dataset "
            "that returns arrays keep that.",
            f"x = x.{_to(dtype)}",
            f"use {name}.double() for that: it fits too, at half the speed or worse on a GPU.",
        )
    elif data.dtype in _HALVES:
        cause = Cause(
            "half-input",
            f"The input was converted to {data.dtype}, or comes out of an autocast block, and this "
            "layer runs outside of one.",
            f"x = x.{_to(dtype)}  # or run the layer in the same autocast block",
        )
    elif data.dtype.startswith("complex"):
        cause = Cause(
            "complex-input",
            "The input is complex, as torch.fft returns it, and the weights are real.",
            "x = x.abs()  # or, twice the features: torch.view_as_real(x).flatten(-2)",
        )
    else:
        cause = Cause(
            "model-converted",
            f"The layer was converted to {dtype} and its input was not.",
            f"x = x.{_to(dtype)}",
        )
    return Problem(
        slot="input",
        summary=f"the input is {data.dtype} and the weights are {dtype}",
        expected=f"{dtype}, as the weights",
        got=data.dtype,
        causes=(cause,),
    )


def _new(call: Call, wrong: list[tuple[Slot, Form]], kept: str = "") -> str:
    """Code for new states, and for those that are kept."""
    lines = [bindings.zeros(call, slot) for slot, _ in wrong]
    if kept:
        name = bindings.variable(wrong[0][0])
        source = bindings.tensor(call)
        lines.append(f"# or, for a state that is kept: {name} = {name}.to({source}.{kept})")
    return "\n".join(lines)


def _also(wrong: list[tuple[Slot, Form]]) -> str:
    return "; c_0 likewise" if len(wrong) == 2 else ""


def _state_device(call: Call, wrong: list[tuple[Slot, Form]], data: Form) -> Problem:
    slot, state = wrong[0]
    two = len(contract.states(call.layer.kind)) == 2
    only = f" The other state is on {data.device}." if two and len(wrong) == 1 else ""
    if state.device == "meta":
        why = f"The state has no values: it was made on the meta device.{only}"
        cure = _new(call, wrong)
    else:
        why = (
            "It was made on a device of its own: torch.zeros(...) without device= makes it on the "
            f"CPU, and `model.to` moves no state that is kept in a plain attribute.{only}"
        )
        cure = _new(call, wrong, "device")
    return Problem(
        slot=bindings.slot_name(slot),
        summary=f"the state is on {state.device} and the input on {data.device}{_also(wrong)}",
        code=CODE,
        expected=f"{data.device}, where the input is",
        got=state.device,
        causes=(Cause("state-elsewhere", why, cure),),
    )


def _state_dtype(call: Call, wrong: list[tuple[Slot, Form]], data: Form) -> Problem:
    slot, state = wrong[0]
    if state.floating:
        cause = Cause(
            "state-dtype",
            "It was made with a dtype of its own, or kept from a call under autocast or before "
            "the model was converted. numpy's floats are float64.",
            _new(call, wrong, "dtype"),
        )
    else:
        cause = Cause(
            "integer-state",
            "zeros_like and new_zeros of token ids are integers, as is torch.full of an int.",
            _new(call, wrong),
        )
    return Problem(
        slot=bindings.slot_name(slot),
        summary=f"the state is {state.dtype} and the input {data.dtype}{_also(wrong)}",
        code=CODE,
        expected=f"{data.dtype}, as the input",
        got=state.dtype,
        causes=(cause,),
    )
