"""What each axis name stands for in one call, and how a cure writes it."""

from __future__ import annotations

from shapeguard import contract
from shapeguard.contract import Axes, Kind, Layout, Sizes, Slot
from shapeguard.runtime.call import Call, Layer, Packed
from shapeguard.runtime.problem import Binding

_TAIL = "_0"


def name(layer: Layer) -> str:
    """What code calls the module: the end of its path, else its kind in small letters."""
    end = layer.path.rpartition(".")[2]
    if end.isidentifier():
        return end
    return "cell" if layer.kind.is_cell else layer.kind.value.lower()


def slot_name(slot: Slot) -> str:
    """A slot before the call: `h_0`."""
    return slot.value.split(",")[0]


def variable(slot: Slot) -> str:
    """What code calls a slot: `x`, `h0`, `c0`."""
    return "x" if slot is Slot.INPUT else slot_name(slot).removesuffix(_TAIL) + "0"


def shown(shape: tuple[int | None, ...]) -> str:
    """A shape as Python writes it; "any" for a size that is free."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def constructor(layer: Layer, **changed: int | bool) -> str:
    """The constructor call that makes such a layer, with some settings changed."""
    values: dict[str, object] = {
        "input_size": layer.input_size,
        "hidden_size": layer.hidden_size,
        "num_layers": layer.num_layers,
        "batch_first": layer.batch_first,
        "bidirectional": layer.directions == 2,
        "proj_size": layer.proj_size,
    }
    values.update(changed)
    words = []
    for parameter in contract.parameters(layer.kind):
        value = values.get(parameter.name, parameter.default)
        if parameter.default is contract.Required.REQUIRED:
            words.append(str(value))
        elif value != parameter.default:
            words.append(f"{parameter.name}={value}")
    return f"nn.{layer.kind.value}({', '.join(words)})"


def row(kind: Kind, layout: Layout, slot: Slot = Slot.INPUT) -> str:
    """The names of a row's axes as code lists them: `N, L, Hin`."""
    return ", ".join(contract.axes(kind, layout, slot))


def batch_axis(call: Call) -> int | None:
    """Which axis of the input is the batch; None where it has none that can be asked for."""
    layout = call.layout
    if layout is None or layout is Layout.PACKED:
        return None
    axes = call.layer.axes(layout, Slot.INPUT)
    return axes.index("N") if "N" in axes else None


def batch(call: Call) -> str:
    """How code reads the batch size off the input: `x.size(0)`; of packed input, a number."""
    axis = batch_axis(call)
    if axis is not None:
        return f"x.size({axis})"
    return str(call.input.batch) if isinstance(call.input, Packed) else "1"


def tensor(call: Call) -> str:
    """What code calls the tensor that holds the input's values."""
    return "x.data" if isinstance(call.input, Packed) else "x"


def zeros(call: Call, slot: Slot, layout: Layout | None = None) -> str:
    """Code for a state of zeros: right in shape, dtype and device."""
    layout = layout or call.layout
    assert layout is not None
    axes = call.layer.axes(layout, slot)
    number = call.layer.sizes().numbers
    sizes = ", ".join(batch(call) if axis == "N" else str(number[axis]) for axis in axes)
    return f"{variable(slot)} = {tensor(call)}.new_zeros({sizes})  # {', '.join(axes)}"


def expected(call: Call, slot: Slot) -> tuple[int, ...]:
    """The shape that the contract gives a slot in this call."""
    layout, sizes = call.layout, call.sizes
    assert layout is not None
    assert sizes is not None
    return contract.shape(call.layer.kind, layout, slot, sizes)


def of(call: Call, axes: Axes) -> tuple[Binding, ...]:
    """The bindings of these axes, as far as the call has them."""
    numbers = (call.sizes or call.layer.sizes()).numbers
    found = []
    for axis in dict.fromkeys(axes):
        origin = _origin(call, axis)
        if origin:
            found.append(Binding(axis, numbers[axis], origin))
    return tuple(found)


def _origin(call: Call, axis: str) -> str:
    layer = call.layer
    if axis in ("L", "N", "S"):
        return _from_input(call, axis)
    if axis == "Hin":
        return f"input_size={layer.input_size}"
    if axis == "D*K":
        return f"num_layers={layer.num_layers} and bidirectional={layer.directions == 2}"
    if axis == "Hout" and layer.proj_size:
        return f"proj_size={layer.proj_size}, which h has in place of hidden_size"
    hidden = f"hidden_size={layer.hidden_size}"
    if layer.kind is Kind.LSTM and axis == "Hcell" and layer.proj_size:
        return f"{hidden}, which c keeps: proj_size is for h only"
    return hidden


def _from_input(call: Call, axis: str) -> str:
    layout, data = call.layout, call.data
    if layout is None or data is None:
        return ""
    if isinstance(call.input, Packed):
        return {"N": "samples in the packed input", "S": "rows of the packed input"}.get(axis, "")
    axes = call.layer.axes(layout, Slot.INPUT)
    if axis not in axes:
        return ""
    origin = f"axis {axes.index(axis)} of the input {shown(data.shape)}"
    if layout is Layout.UNBATCHED:
        many = len(data.shape)
        return f"{origin}: {many} {'axis' if many == 1 else 'axes'}, so no batch"
    if call.layer.kind.is_cell:
        return origin
    value = call.layer.batch_first
    default = {p.name: p.default for p in contract.parameters(call.layer.kind)}["batch_first"]
    return f"{origin}, as batch_first is {value}{' by default' if value == default else ''}"


def numbers(call: Call) -> Sizes:
    """The sizes of the call; only where it has a layout."""
    sizes = call.sizes
    assert sizes is not None
    return sizes
