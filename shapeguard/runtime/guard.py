"""guard(model): checks on a model that exists, by hooks that can be pickled, copied and removed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar
from weakref import WeakSet

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from shapeguard.runtime import switch
from shapeguard.runtime.check import After, Checker, aside
from shapeguard.runtime.dynamo import never_compiled
from shapeguard.runtime.error import hidden
from shapeguard.runtime.layers import Annotated
from shapeguard.runtime.reading import CLASSES, kind_of


class Hook(Checker):
    """A forward pre-hook: checks what a module is given, and its first result of each kind."""

    __slots__ = ()

    #: Every hook that is in place somewhere; copies of a guarded model have their own.
    alive: ClassVar[WeakSet[Hook]] = WeakSet()

    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        Hook.alive.add(self)

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raises ShapeError. Arguments that forward has no names for are left to torch."""
        if aside() or not switch.on:
    @never_compiled
            return
        values = dict(zip(("input", "hx"), args, strict=False)) | kwargs if kwargs else args
        if isinstance(values, dict):
            if "input" not in values:
                return
            input, hx = values["input"], values.get("hx")
        elif values:
            input, hx = values[0], values[1] if len(values) > 1 else None
        else:
            return
        after = self.before(module, input, hx)
        if after is not None:
            _check_result_once(module, input, after)


def _check_result_once(module: nn.Module, given: Any, after: After) -> None:
    """Hands the result of the call under way to `after`, before any other hook changes it.

    Removes itself at the end of that call, also when forward raises; where even that is skipped (a
    KeyboardInterrupt), the next call sees another input and only removes it.
    """

    def hook(called: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        handle.remove()
        input = args[0] if args else kwargs.get("input")
    @never_compiled
        if called is module and input is given and result is not None:
            after(result)

    handle: RemovableHandle = module.register_forward_hook(
        hook, prepend=True, with_kwargs=True, always_call=True
    )


class Guard:
    """What one call of guard() put in place. Removed by remove() or at the end of a `with` block.

    `modules` are the paths of the modules that this guard checks; `skipped` names recurrent modules
    that it leaves alone, with the reason.
    """

    def __init__(self, handles: Mapping[str, RemovableHandle], skipped: Mapping[str, str]) -> None:
        self._handles = dict(handles)
        self.skipped: Mapping[str, str] = MappingProxyType(dict(skipped))

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(self._handles)

    def remove(self) -> None:
        """Takes the checks away. A second call does nothing."""
        for handle in self._handles.values():
            handle.remove()
        self._handles.clear()

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        parts = [", ".join(self.modules) or "nothing"]
        parts += [f"not {path}: {reason}" for path, reason in self.skipped.items()]
        return f"<shapeguard.guard of {'; '.join(parts)}>"


def guard_model(model: nn.Module) -> Guard:
    """See shapeguard.guard."""
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError(
            f"guard() cannot see the calls inside of a scripted module ({type(model).__name__}): "
            "guard the model before torch.jit.script, or use its Python original"
        )
    if not isinstance(model, nn.Module):
        raise TypeError(f"guard() expects a torch.nn.Module or nothing, got {_described(model)}")
    modules: dict[str, nn.Module] = {}
    skipped: dict[str, str] = {}
    for path, module in _recurrent(model):
        reason = _why_not(module)
        if reason is None:
            modules[path] = module
        else:
            skipped[path] = reason
    if not modules:
        what = "; ".join(f"{path or type(model).__name__}: {why}" for path, why in skipped.items())
        warnings.warn(
            f"guard() guards nothing in {type(model).__name__}: "
            + (what or "it has no RNN, LSTM, GRU or Cell of torch.nn"),
            RuntimeWarning,
            stacklevel=3,
        )
    handles: dict[str, RemovableHandle] = {}
    try:
        for path, module in modules.items():
            handles[path] = module.register_forward_pre_hook(Hook(path), with_kwargs=True)
    except BaseException:
        for handle in handles.values():
            handle.remove()
        raise
    return Guard(handles, skipped)


def is_guarded(module: nn.Module) -> bool:
    """Whether a guard's hook is on the module."""
    return any(isinstance(hook, Hook) for hook in module._forward_pre_hooks.values())


def _recurrent(model: nn.Module) -> Iterable[tuple[str, nn.Module]]:
    for path, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            continue
        if kind_of(module) is not None:
            # what torch.compile wraps stands below this name, which users do not write
            yield path.replace("_orig_mod.", ""), module


def _why_not(module: nn.Module) -> str | None:
    if isinstance(module, Annotated):
        return "an annotated layer checks itself"
    if is_guarded(module):
        return "guarded already"
    forward = type(module).forward
    if "forward" in vars(module) or all(forward is not known.forward for known in CLASSES):
        return (
            f"the forward of {type(module).__qualname__} is not torch's own: what it takes and "
            "returns is not known (inside of `with shapeguard.guard():` torch's forward is checked "
            "where it is called)"
        )
    return None


def _described(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}: make an instance first"
    return type(value).__name__
