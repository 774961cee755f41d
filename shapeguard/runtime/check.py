"""One module's checks: a key that says whether a call was seen before, and the full check.

The key holds everything that the full check depends on: settings, shapes, dtypes, devices. It holds
no tensor, and its parts are read from the host alone, so nothing here waits for a device.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapeguard.runtime import enforce, reading
from shapeguard.runtime.call import Call
from shapeguard.runtime.diagnosis import diagnose
from shapeguard.runtime.error import fail, warn
from shapeguard.runtime.problem import Problem
from shapeguard.runtime.watch import Watch

#: Combinations of shapes, dtypes and devices that a module remembers.
LIMIT = 512

After = Callable[[Any], None]

_autocast = reading.autocast
_tracing: Callable[[], object] = torch._C._get_tracing_state
_compiling: Callable[[], bool] = torch.compiler.is_compiling


def aside() -> bool:
    """Whether a graph is being recorded: the checks stand aside, to leave no trace in it."""
    return bool(_compiling() or _tracing())


class Checker:
    """Checks the calls of one module, and remembers which were right.

    Copies and pickles keep the path and start with nothing remembered.
    """

    __slots__ = ("__weakref__", "path", "seen", "watch")

    def __init__(self, path: str = "") -> None:
        self.path = path
        self.seen: dict[tuple[object, ...], bool] = {}
        self.watch = Watch()

    def __reduce__(self) -> tuple[type[Checker], tuple[str]]:
        return type(self), (self.path,)

    def before(self, module: nn.Module, input: Any, hx: Any) -> After | None:
        """Raises ShapeError if the call is wrong; else what to hand the result to, or None."""
        key: tuple[object, ...] | None
        try:
            key = _key(module, input, hx)
            if self.seen[key]:
                return None
        except KeyError:
            pass
        except Exception:  # what was passed has no shape: the full check names it
            key = None
        return self._full(module, input, hx, key)

    def _full(
        self, module: nn.Module, input: Any, hx: Any, key: tuple[object, ...] | None
    ) -> After | None:
        try:
            call = reading.call(module, input, hx, self.path)
        except reading.Symbolic:
            return None
        known = key is not None and key in self.seen
        if not known:
            problem = diagnose(call)
            if problem is not None:
                fail(problem, call.layer.name)
            try:
                enforce.inputs(call, input, hx)
            except enforce.TypeCheckError as error:
                _fail_as_typed(call, "input", error)
        warn(self.watch.suspicions(call), call.layer.name)
        if known:
            return None
        return partial(self._after, call, input, key)

    def _after(self, call: Call, input: Any, key: tuple[object, ...] | None, result: Any) -> None:
        try:
            enforce.outputs(call, input, result)
        except enforce.TypeCheckError as error:
            _fail_as_typed(call, "output", error)
        if key is not None:
            if len(self.seen) >= LIMIT:
                self.seen.clear()
            self.seen[key] = not Watch.wants(call)


def _key(module: nn.Module, input: Any, hx: Any) -> tuple[object, ...]:
    settings = module.__dict__
    parameters = settings["_parameters"]
    weight = parameters.get("weight_ih_l0")
    if weight is None:
        weight = parameters.get("weight_ih")
    if type(input) is PackedSequence:
        sizes = input.batch_sizes
        extent: object = (len(sizes), int(sizes[0]))
        input = input.data
    else:
        extent = None
    if hx is None:
        state: object = None
    elif type(hx) in (tuple, list):
        h, c = hx
        state = (
            *(h.shape, h.dtype, h.device, h.is_contiguous()),
            *(c.shape, c.dtype, c.device, c.is_contiguous()),
        )
    else:
        state = (hx.shape, hx.dtype, hx.device, hx.is_contiguous())
    return (
        settings["input_size"],
        settings["hidden_size"],
        settings.get("num_layers"),
        settings.get("bidirectional"),
        settings.get("batch_first"),
        settings.get("proj_size"),
        None if weight is None else (weight.dtype, weight.device),
        extent,
        input.shape,
        input.dtype,
        input.device,
        state,
        _autocast(),
    )


def _fail_as_typed(call: Call, slot: str, error: enforce.TypeCheckError) -> None:
    """What jaxtyping found and no diagnosis explains, in jaxtyping's words."""
    fail(Problem(slot, f"jaxtyping refuses it.\n{error}"), call.layer.name, error)
