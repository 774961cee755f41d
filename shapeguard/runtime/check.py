"""One module's checks: the full one for every new combination of what it is called with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import ref

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapeguard.runtime import enforce, reading
from shapeguard.runtime.call import Call
from shapeguard.runtime.combination import Combination, combination
from shapeguard.runtime.diagnosis import diagnose
from shapeguard.runtime.dynamo import compiling, never_compiled
from shapeguard.runtime.error import fail, hidden, warn
from shapeguard.runtime.problem import Problem
from shapeguard.runtime.watch import Watch
from shapeguard.runtime.where import called_as

#: Combinations of shapes, dtypes and devices that a module remembers.
LIMIT = 512

After = Callable[[Any], None]

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

_tracing: Callable[[], object] = torch._C._get_tracing_state


@never_compiled
def aside() -> bool:
    """Whether a graph is being recorded: the checks stand aside, to leave no trace in it."""
    return bool(compiling() or _tracing())


class Checker:
    """Checks the calls of one module, and remembers which were right.

    Copies and pickles keep the path and start with nothing remembered.
    """

    __slots__ = ("__weakref__", "path", "seen", "watch")

    @never_compiled
    def __init__(self, path: str = "") -> None:
        self.path = path
        self.seen: dict[Combination, bool] = {}
        self.watch = Watch()

    def __reduce__(self) -> tuple[type[Checker], tuple[str]]:
        return type(self), (self.path,)

    @never_compiled
    def before(self, module: nn.Module, input: Any, hx: Any) -> After | None:
        """Raises ShapeError if the call is wrong; else what to hand the result to, or None."""
        key: Combination | None = None
        try:
            key = combination(module, input, hx)
            if self.seen[key]:
                return None
        except KeyError:
            pass
        except Exception:  # what was passed has no shape: the full check names it
            key = None
        return self._full(module, input, hx, key)

    def _full(
        self, module: nn.Module, input: Any, hx: Any, key: Combination | None
    ) -> After | None:
        try:
            call = reading.call(module, input, hx, self.path)
        except reading.Symbolic:
            return None
        known = key is not None and key in self.seen
        if not known:
            problem = diagnose(call)
            if problem is not None:
                call = _named(call, module)
                fail(diagnose(call) or problem, call.layer.name)
            try:
                enforce.inputs(call, input, hx)
            except enforce.TypeCheckError as error:
                _fail_as_typed(_named(call, module), "input", error)
        for suspicion in self.watch.suspicions(call):
            warn(suspicion, _named(call, module).layer.name)
            self.watch.told(suspicion)  # a warning that is an error comes at every such call
        if known and key is not None:
            self.seen[key] = not self.watch.wants(call)
            return None
        data = input.data if isinstance(input, PackedSequence) else input
        return partial(self._after, call, ref(module), ref(data), key)

    @never_compiled
    def _after(
        self,
        call: Call,
        module: ref[nn.Module],
        data: ref[Any],
        key: Combination | None,
        result: Any,
    ) -> None:
        called, input = module(), data()
        if called is None or input is None:
            return
        try:
            enforce.outputs(call, input, result)
        except enforce.TypeCheckError as error:
            _fail_as_typed(_named(call, called), "output", error)
        if key is not None:
            if len(self.seen) >= LIMIT:
                self.seen.clear()
            self.seen[key] = not self.watch.wants(call)


def _named(call: Call, module: nn.Module) -> Call:
    """The call with the layer's name in its model, if the checker has none and it can be seen."""
    path = call.layer.path or called_as(module)
    return replace(call, layer=replace(call.layer, path=path))


def _fail_as_typed(call: Call, slot: str, error: enforce.TypeCheckError) -> None:
    """What jaxtyping found and no diagnosis explains, in jaxtyping's words."""
    fail(Problem(slot, f"jaxtyping refuses it.\n{error}"), call.layer.name, error)
