"""The names that claims use, computed in NumPy from what a recorder saw. Child process only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapeguard.contract import Kind, parameters
from shapeguard.reference.packing import unpack
from shapeguard.reference.proof import SIZES
from shapeguard.reference.recorder import Call, Recorder, Unclear, array, kind_of, own_weights
from shapeguard.reference.recurrence import Array, Reading, cell, read, sigmoid


def _softmax(x: Array, dim: int | None) -> Array:
    shifted = np.exp(x - x.max(axis=dim, keepdims=True))
    return shifted / shifted.sum(axis=dim, keepdims=True)  # type: ignore[no-any-return]


def _layer_norm(module: nn.LayerNorm, weights: Mapping[str, Array], x: Array) -> Array:
    last = tuple(range(-len(module.normalized_shape), 0))
    centred = x - x.mean(axis=last, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=last, keepdims=True) + module.eps)
    result: Array = scaled * weights.get("weight", 1.0) + weights.get("bias", 0.0)
    return result


Weights = Mapping[str, Array]
APPLIED: tuple[tuple[type[nn.Module], Callable[[Any, Weights, Array], Array]], ...] = (
    (nn.Linear, lambda m, w, x: x @ w["weight"].T + w.get("bias", 0.0)),
    (nn.Embedding, lambda m, w, x: w["weight"][x.astype(np.int64)]),
    (nn.LayerNorm, _layer_norm),
    (nn.Dropout, lambda m, w, x: x),
    (nn.Identity, lambda m, w, x: x),
    (nn.ReLU, lambda m, w, x: np.maximum(x, 0.0)),
    (nn.Tanh, lambda m, w, x: np.tanh(x)),
    (nn.Sigmoid, lambda m, w, x: sigmoid(x)),
    (nn.Softmax, lambda m, w, x: _softmax(x, m.dim)),
    (nn.LogSoftmax, lambda m, w, x: np.log(_softmax(x, m.dim))),
)


class Misread(Exception):
    """The layer read the batch as its steps, which the sizes of the declared inputs give away."""


@dataclass(frozen=True)
class Quantities:
    """Makes the namespace of a proof's expressions.

    `namespace` raises Unclear where the sizes cannot tell right from wrong, or where it is open
    which layer is meant; and Misread.
    """

    recorder: Recorder
    variables: Mapping[str, Any]
    layer: str = ""
    sizes_declared: bool = True

    def namespace(self) -> dict[str, Any]:
        """Every name that is defined for this program; without a layer, only the general ones."""
        names: dict[str, Any] = {"np": np, "apply": self.apply}
        module = self.recorder.recurrent(self.layer, self.variables)
        kind = None if module is None else kind_of(module)
        if module is None or kind is None:
            return names
        names["layer"] = SimpleNamespace(
            kind=kind.value, **{p.name: getattr(module, p.name, None) for p in parameters(kind)}
        )
        call = self.recorder.calls.get(id(module))
        if call is None:
            return names
        if kind.is_cell:
            h, c = cell(kind, call.weights, call.fed, call.state, **_nonlinearity(module))
            return names | {"h_n": h, "c_n": c, "last_step": h, "final_state": h}
        return names | self._of_layer(module, kind, call)

    def _of_layer(self, module: nn.Module, kind: Kind, call: Call) -> dict[str, Any]:
        fed, lengths = call.fed, None
        packed = isinstance(fed, PackedSequence)
        batch_first = bool(module.batch_first)
        if packed:
            order = None if fed.sorted_indices is None else fed.sorted_indices.tolist()
            x, lengths = unpack(array(fed.data), fed.batch_sizes.tolist(), order)
        else:
            x = fed if fed.ndim == 3 else fed[None]
            x = x if batch_first or fed.ndim == 2 else x.swapaxes(0, 1)
        batched = packed or fed.ndim == 3
        if batched and self.sizes_declared:
            _refuse_swapped(x)
        state = call.state if isinstance(call.state, tuple) else (call.state, None)
        h_0, c_0 = (s if s is None or batched else s[:, None] for s in state)
        options = _nonlinearity(module)

        def rnn(given: Array) -> Reading:
            return read(kind, call.weights, given, **options)

        steps = None if lengths is None else lengths.tolist()
        found = read(kind, call.weights, x, lengths=steps, h_0=h_0, c_0=c_0, **options)
        names = _laid_out(found, batched=batched, batch_first=batch_first) | {"rnn": rnn}
        _refuse_coinciding(x, module)
        return names

    def apply(self, name: str, given: Array) -> Array:
        """The named module applied to an array. Raises LookupError if there is none."""
        module = self.recorder.named(name, self.variables)
        if module is None:
            raise LookupError(f"the program builds no module {name!r}")
        return self._applied(module, given)

    def _applied(self, module: nn.Module, given: Array) -> Array:
        if isinstance(module, nn.Sequential):
            for part in module:
                given = self._applied(part, given)
            return given
        call = self.recorder.calls.get(id(module))
        weights = own_weights(module) if call is None else call.weights
        for known, computed in APPLIED:
            if isinstance(module, known):
                return computed(module, weights, given)
        raise Unclear(f"apply does not know nn.{type(module).__name__}")


def _nonlinearity(module: nn.Module) -> dict[str, Any]:
    named = getattr(module, "nonlinearity", None)
    return {"nonlinearity": named} if named else {}


def _laid_out(found: Reading, *, batched: bool, batch_first: bool) -> dict[str, Any]:
    if not batched:
        return {
            "output": found.output[0],
            "h_n": found.h_n[:, 0],
            "c_n": None if found.c_n is None else found.c_n[:, 0],
            "last_step": found.last_step[0],
            "final_state": found.final_state[0],
        }
    return {
        "output": found.output if batch_first else found.output.swapaxes(0, 1),
        "h_n": found.h_n,
        "c_n": found.c_n,
        "last_step": found.last_step,
        "final_state": found.final_state,
    }


def _refuse_swapped(x: Array) -> None:
    if x.shape[:2] == (SIZES["time"], SIZES["batch"]):
        raise Misread(
            f"the layer read the batch ({SIZES['batch']}) as its steps "
            f"and the steps ({SIZES['time']}) as its batch"
        )


def _refuse_coinciding(x: Array, module: nn.Module) -> None:
    hidden = int(module.proj_size or module.hidden_size)  # type: ignore[arg-type]
    sizes = {"batch": x.shape[0], "steps": x.shape[1], "hidden size": hidden}
    seen: dict[int, str] = {}
    for name, size in sizes.items():
        if size > 1 and size in seen:
            raise Unclear(f"{seen[size]} and {name} are both {size}")
        seen[size] = name
