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
    if type(input) is PackedSequence:
        sizes = input.batch_sizes
        packed: object = (len(sizes), int(sizes[0]), input.sorted_indices is None)
        input = input.data
    else:
        packed = None
    dtype = input.dtype
    if hx is None:
        state: object = None
        alike = True
    elif type(hx) is tuple or type(hx) is list:
        h, c = hx
        state = (
            *(h.shape, h.dtype, h.device, h.is_contiguous()),
            *(c.shape, c.dtype, c.device, c.is_contiguous()),
        )
        alike = h.dtype is dtype and c.dtype is dtype
    else:
        state = (hx.shape, hx.dtype, hx.device, hx.is_contiguous())
        alike = hx.dtype is dtype
    if weight is None:
        place: object = None
    else:
        place = (weight.dtype, weight.device)
        alike = alike and weight.dtype is dtype
    # autocast matters only where dtypes differ
    return own, place, packed, input.shape, dtype, input.device, state, alike or autocast()
