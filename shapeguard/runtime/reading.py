"""From live modules and tensors to a Call. No value of a tensor on a device is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import Proxy
from torch.nn.utils.rnn import PackedSequence

from shapeguard.contract import Kind
from shapeguard.runtime.call import Call, Form, Given, Layer, Other, Packed

#: The classes of torch.nn whose forward the contract describes.
CLASSES: dict[type[nn.Module], Kind] = {getattr(nn, kind.value): kind for kind in Kind}
_SETTINGS = ("num_layers", "bidirectional", "batch_first")
_ITEMS_SHOWN = 8
#: With bfloat16 it depends on the device and on the version.
_CUDNN_DTYPES = (torch.float16, torch.float32, torch.float64)


def _cuda_or_cpu() -> bool:
    return torch.is_autocast_enabled() or torch.is_autocast_cpu_enabled()


#: Whether autocast is on for any device: the condition under which torch compares no dtypes.
autocast: Callable[[], bool] = getattr(torch._C, "_is_any_autocast_enabled", _cuda_or_cpu)

_functorch = getattr(torch._C, "_functorch", None)
#: Whether a transform of torch.func holds this tensor. There is no public way to ask.
_mapped: Callable[[Tensor], bool] = getattr(
    _functorch, "is_functorch_wrapped_tensor", lambda tensor: False
)


class Symbolic(Exception):
    """A tensor has symbols for sizes, as while a graph is traced, or does not tell them.

    Nothing can be said of it.
    """


def kind_of(module: nn.Module) -> Kind | None:
    """What the module is to the contract: by the class of torch.nn that it derives from."""
    for known, kind in CLASSES.items():
        if isinstance(module, known):
            return kind
    return None


def weight(module: nn.Module) -> Tensor | None:
    """A weight to read dtype and device from; None where a parametrization would compute it."""
    parameters = module._parameters
    found = parameters.get("weight_ih_l0")
    return found if found is not None else parameters.get("weight_ih")


def form(tensor: Tensor) -> Form:
    """A tensor without its values. Raises Symbolic."""
    try:
        shape = tuple(tensor.shape)
        if any(type(size) is not int for size in shape):
            raise Symbolic
        contiguous = tensor.is_contiguous()
    except Exception as error:  # nested tensors have no shape, compressed ones no such order
        raise Symbolic from error
    dtype = str(tensor.dtype).removeprefix("torch.")
    return Form(shape, dtype, str(tensor.device), contiguous, tensor.grad_fn is not None)


def cudnn(input: Any) -> bool:
    """Whether torch is known to compute on this input with cuDNN; False where it is not known."""
    data = input.data if isinstance(input, PackedSequence) else input
    return (
        type(data) in (Tensor, nn.Parameter)  # others may only pretend to be on a device
        and not _mapped(data)
        and data.is_cuda
        and data.dtype in _CUDNN_DTYPES
        and data.numel() > 0
        and torch.version.cuda is not None
        and torch.backends.cudnn.is_available()  # type: ignore[no-untyped-call]
        and bool(torch.backends.cudnn.enabled)
    )


def type_name(value: Any) -> str:
    """What a message calls the value's type: "list", "numpy.ndarray", "None"."""
    cls = type(value)
    if value is None:
        return "None"
    return cls.__name__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def given(value: Any) -> Given:
    """Whatever was passed, described. Raises Symbolic."""
    if isinstance(value, PackedSequence):
        sizes = value.batch_sizes
        return Packed(
            data=form(value.data),
            batch=int(sizes[0]) if len(sizes) else 0,
            steps=len(sizes),
            permuted=value.sorted_indices is not None,
        )
    if isinstance(value, Tensor):
        return form(value)
    if isinstance(value, Proxy):
        raise Symbolic
    name = type_name(value)
    if isinstance(value, (tuple, list)):
        return Other(name, tuple(given(item) for item in value[:_ITEMS_SHOWN]))
    return Other(name)


def layer(module: nn.Module, path: str = "") -> Layer:
    """A module's settings. Raises LookupError if torch.nn documents no such module."""
    kind = kind_of(module)
    if kind is None:
        raise LookupError(f"{type(module).__name__} is no recurrent layer or Cell of torch.nn")
    weights = weight(module)
    attributes = vars(module)
    return Layer(
        kind=kind,
        input_size=attributes["input_size"],
        hidden_size=attributes["hidden_size"],
        num_layers=int(attributes.get("num_layers", 1)),
        directions=2 if attributes.get("bidirectional") else 1,
        batch_first=bool(attributes.get("batch_first", False)),
        proj_size=attributes.get("proj_size", 0),
        dtype=None if weights is None else str(weights.dtype).removeprefix("torch."),
        device=None if weights is None else str(weights.device),
        path=path,
        settings=tuple((name, attributes[name]) for name in _SETTINGS if name in attributes),
    )


def call(module: nn.Module, input: Any, hx: Any, path: str = "") -> Call:
    """One call, described. Raises Symbolic and LookupError."""
    state = None if hx is None else given(hx)
    return Call(
        layer(module, path),
        given(input),
        state,
        autocast=autocast(),
        cudnn=cudnn(input),
        mapped=isinstance(input, Tensor) and _mapped(input),
    )
