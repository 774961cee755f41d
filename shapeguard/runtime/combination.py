"""What two calls of a module have in common when the one being right makes the other right.

Made at every call, so it is made of what costs least to read: settings, shapes, dtypes, devices. It
holds no tensor, and reads nothing that a device would have to finish first.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapeguard.runtime.reading import autocast

Combination = tuple[object, ...]
Settings = Callable[[dict[str, Any]], tuple[object, ...]]

_layer: Settings = itemgetter(
    "input_size", "hidden_size", "num_layers", "bidirectional", "batch_first", "proj_size"
)
_cell: Settings = itemgetter("input_size", "hidden_size")


def combination(module: nn.Module, input: Any, hx: Any) -> Combination:
    """The combination that a call is one of.

    Raises whatever reading shapes off something else than tensors raises.
    """
    settings = module.__dict__
    if "num_layers" in settings:
        own, weight = _layer(settings), settings["_parameters"].get("weight_ih_l0")
    else:
        own, weight = _cell(settings), settings["_parameters"].get("weight_ih")
    packed: Combination | None = None
    if type(input) is PackedSequence:
        sizes = input.batch_sizes
        packed = (len(sizes), int(sizes[0]), input.sorted_indices is None)
        input = input.data
    # Devices are compared, and dtypes named where they differ: both cost less than their hash.
    dtype, device = input.dtype, input.device
    if weight is None:  # computed by a parametrization at every call
        others, at = None, None
    else:
        others, at = None if weight.dtype is dtype else weight.dtype, weight.device == device
    if hx is None:
        return own, packed, input.shape, dtype, device, others, at, others is None or autocast()
    if type(hx) is tuple or type(hx) is list:
        h, c = hx
        h_dtype = None if h.dtype is dtype else h.dtype
        c_dtype = None if c.dtype is dtype else c.dtype
        return (
            own,
            packed,
            input.shape,
            dtype,
            device,
            others,
            at,
            h.shape,
            h_dtype,
            h.device == device,
            h.is_contiguous(),
            c.shape,
            c_dtype,
            c.device == device,
            c.is_contiguous(),
            others is h_dtype is c_dtype is None or autocast(),
        )
    h_dtype = None if hx.dtype is dtype else hx.dtype
    return (
        own,
        packed,
        input.shape,
        dtype,
        device,
        others,
        at,
        hx.shape,
        h_dtype,
        hx.device == device,
        hx.is_contiguous(),
        others is h_dtype is None or autocast(),
    )
