"""What a program did with torch: modules it built, what it fed them, with which weights.

Child process only: it changes torch.nn for as long as the process lives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence
from torch.overrides import TorchFunctionMode

from shapeguard.contract import Kind
from shapeguard.reference.recurrence import Array


class Unclear(Exception):
    """A proof that cannot be decided on this program, and why."""


def array(tensor: Tensor) -> Array:
    """A float64 copy, cut from the graph."""
    return np.array(tensor.detach().cpu().double().numpy())


def frozen(value: Any) -> Any:
    """A copy that later in-place operations do not reach: tensors as arrays, tuples kept."""
    if isinstance(value, PackedSequence):
        return value
    if isinstance(value, Tensor):
        return array(value)
    if isinstance(value, (tuple, list)):
        return tuple(frozen(part) for part in value)
    return value


@dataclass
class Call:
    """The last call of a module: what it was fed, and its own weights at that time."""

    fed: Any
    state: Any
    weights: Mapping[str, Array]


def own_weights(module: nn.Module) -> dict[str, Array]:
    """Parameters and buffers of the module itself, not of those in it."""
    own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    return {name: array(tensor) for name, tensor in own}


def kind_of(module: nn.Module) -> Kind | None:
    """The recurrent class that a module is or inherits from, if any."""
    return next((kind for kind in Kind if isinstance(module, getattr(nn, kind.value))), None)


@dataclass
class Recorder(TorchFunctionMode):
    """Records every module built and called, and as a mode the torch function named `watch`."""

    watch: str = ""
    built: list[nn.Module] = field(default_factory=list)
    calls: dict[int, Call] = field(default_factory=dict)  # by id of module, oldest first
    watched: list[Any] = field(default_factory=list)  # what that function was fed

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if args and getattr(func, "__name__", None) == self.watch:
            self.watched.append(frozen(args[0]))
        return func(*args, **(kwargs or {}))

    def install(self) -> None:
        """Watch torch.nn from here on; modules built from here on start in evaluation mode."""
        built, initialise = self.built, nn.Module.__init__

        def starts_in_evaluation(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            initialise(module, *args, **kwargs)
            module.training = False
            built.append(module)

        nn.Module.__init__ = starts_in_evaluation  # type: ignore[assignment, method-assign]
        nn.Module.__call__ = self._recording(  # type: ignore[method-assign]
            nn.Module.__call__
        )
        for kind in Kind:  # so that a direct call of forward is seen as well
            recurrent = getattr(nn, kind.value)
            recurrent.forward = self._recording(recurrent.forward)

    def _recording(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            given = [*args, *(kwargs[name] for name in ("input", *kwargs) if name in kwargs)]
            with torch._C.DisableTorchFunction():
                state = frozen(kwargs.get("hx", args[1] if len(args) > 1 else None))
                fed = frozen(given[0]) if given else None
                self.calls.pop(id(module), None)
                self.calls[id(module)] = Call(fed, state, own_weights(module))
            return call(module, *args, **kwargs)

        return recorded

    def called(self) -> list[nn.Module]:
        """Modules that were called, the last one last."""
        by_id = {id(module): module for module in self.built}
        return [by_id[key] for key in self.calls if key in by_id]

    def named(self, name: str, namespace: Mapping[str, Any]) -> nn.Module | None:
        """The module that a variable or an attribute names; of several, the last one called."""
        found: dict[int, nn.Module] = {}
        for root in self.built:
            for path, module in root.named_modules():
                if path == name or path.endswith("." + name):
                    found[id(module)] = module
        head, *attributes = name.split(".")
        variable = namespace.get(head)
        for attribute in attributes:
            variable = getattr(variable, attribute, None)
        if isinstance(variable, nn.Module):
            found[id(variable)] = variable
        running = [module for module in self.called() if id(module) in found]
        if not running and len(found) > 1:
            raise Unclear(f"{len(found)} modules are called {name} and none of them ran")
        return running[-1] if running else next(iter(found.values()), None)

    def recurrent(self, name: str, namespace: Mapping[str, Any]) -> nn.Module | None:
        """The recurrent layer or Cell of that name, or the only one there is."""
        if name:
            module = self.named(name, namespace)
            return module if module is not None and kind_of(module) else None
        layers = [module for module in self.called() if kind_of(module)]
        layers = layers or [module for module in self.built if kind_of(module)]
        if len(layers) > 1:
            raise Unclear(f"{len(layers)} recurrent layers: the proof has to name one")
        return layers[0] if layers else None
