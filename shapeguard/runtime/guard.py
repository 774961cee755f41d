"""guard(model): checks on a model that exists, its handle, and what cannot be guarded."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from types import MappingProxyType, TracebackType
from weakref import WeakKeyDictionary, ref

import torch
from torch import nn

from shapeguard.contract import Kind
from shapeguard.runtime.annotated import Annotated
from shapeguard.runtime.hooks import Hook, hook_of, release
from shapeguard.runtime.reading import CLASSES, kind_of

#: A module and its hook, kept alive by neither.
Held = tuple["ref[nn.Module]", "ref[Hook]"]
#: Path and reason.
Skipped = tuple[str, str]

#: Recurrent modules that a guard in place leaves unchecked.
passed_over: WeakKeyDictionary[nn.Module, Skipped] = WeakKeyDictionary()


class Guard:
    """What one call of guard() put in place. Removed by remove() or at the end of a `with` block.

    `modules` are the paths of the modules that this guard checks ("" is the model itself);
    `skipped` names recurrent modules that it leaves alone, with the reason. A module that several
    guards hold is checked until the last of them is removed. Dropping a Guard removes nothing, and
    a copy of one holds nothing.
    """

    def __init__(self, held: Mapping[str, Held], skipped: Mapping[nn.Module, Skipped]) -> None:
        self._held = dict(held)
        self._passed_over = [ref(module) for module in skipped]
        self.skipped: Mapping[str, str] = MappingProxyType(dict(skipped.values()))
        for module, (path, reason) in skipped.items():
            if not isinstance(module, Annotated):
                passed_over[module] = path, reason

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(path for path, (module, _) in self._held.items() if module() is not None)

    def remove(self) -> None:
        """Takes the checks away. A second call does nothing."""
        held, self._held = self._held, {}
        for module_ref, hook_ref in held.values():
            hook = hook_ref()
            if hook is not None:
                release(module_ref(), hook)
        for skipped in self._passed_over:
            module = skipped()
            if module is not None:
                passed_over.pop(module, None)
        self._passed_over.clear()

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()

    def __reduce__(self) -> tuple[type[Guard], tuple[dict[str, Held], dict[nn.Module, Skipped]]]:
        return Guard, ({}, {})

    def __repr__(self) -> str:
        parts = [", ".join(map(shown, self.modules)) or "nothing"]
        parts += [f"not {shown(path)}: {reason}" for path, reason in self.skipped.items()]
        return f"<shapeguard.guard of {'; '.join(parts)}>"


def guard_model(model: nn.Module) -> Guard:
    """See shapeguard.guard."""
    _refuse(model)
    modules: dict[str, nn.Module] = {}
    skipped: dict[nn.Module, Skipped] = {}
    for path, module in _recurrent(model):
        reason = _why_not(module)
        if reason is None:
            modules[path] = module
        else:
            skipped[module] = (path, reason)
    nothing = _why_nothing(modules, dict(skipped.values()))
    if nothing:  # before anything is put in place: the warning may be an error
        warnings.warn(
            f"guard() adds nothing to {type(model).__name__}: {nothing}",
            RuntimeWarning,
            stacklevel=3,
        )
    held: dict[str, Held] = {}
    try:
        for path, module in modules.items():
            _claim(path, module, held)
    except BaseException:
        Guard(held, {}).remove()
        raise
    for path, module in modules.items():
        hook = hook_of(module)
        if hook is not None:  # named as the outermost model that is guarded sees it
            hook.path = max(hook.path, path, key=len)
    return Guard(held, skipped)


def is_guarded(module: nn.Module) -> bool:
    """Whether a guard's hook is on the module."""
    return hook_of(module) is not None


def shown(path: str) -> str:
    """A module's path as people read it."""
    return path or "(the model itself)"


def _claim(path: str, module: nn.Module, held: dict[str, Held]) -> None:
    hook = hook_of(module)
    new = hook is None
    if hook is None:
        hook = Hook(path)
    hook.claims += 1
    held[path] = (ref(module), ref(hook))
    if new:
        module.register_forward_pre_hook(hook, with_kwargs=True)


def _recurrent(model: nn.Module) -> Iterable[tuple[str, nn.Module]]:
    for path, module in model.named_modules():
        if _scripted(module) or kind_of(module) is not None:
            # what torch.compile wraps stands below this name, which users do not write
            yield path.replace("_orig_mod.", "").removesuffix("_orig_mod"), module


def _scripted(module: nn.Module) -> bool:
    """Whether it is one of torch's recurrent modules that torch.jit has compiled."""
    name = getattr(module, "original_name", None)
    return isinstance(module, torch.jit.ScriptModule) and name in {kind.value for kind in Kind}


def _why_not(module: nn.Module) -> str | None:
    if isinstance(module, torch.jit.ScriptModule):
        return "it is compiled by torch.jit, which calls no hooks"
    if isinstance(module, Annotated):
        return "an annotated layer checks itself"
    forward = type(module).forward
    if "forward" in vars(module) or all(forward is not known.forward for known in CLASSES):
        return (
            f"the forward of {type(module).__qualname__} is not torch's own: what it takes and "
            "returns is not known (inside of `with shapeguard.guard():` torch's forward is checked "
            "where it is called)"
        )
    return None


def _why_nothing(modules: Mapping[str, nn.Module], skipped: Mapping[str, str]) -> str:
    """Empty where there is something to guard that no guard holds yet."""
    again = []
    for path, module in modules.items():
        hook = hook_of(module)
        if hook is None or not hook.claims:
            return ""
        again.append(shown(path))
    parts = [f"{shown(path)}: {reason}" for path, reason in skipped.items()]
    if again:
        parts.append(
            f"guarded already: {', '.join(again)}; its checks end with the last of its guards"
        )
    return "; ".join(parts) or (
        "it has no RNN, LSTM, GRU or Cell of torch.nn. Guard the model that holds them, or every "
        "call by `with shapeguard.guard():`"
    )


def _refuse(model: object) -> None:
    """Raises TypeError for what cannot be guarded."""
    if isinstance(model, torch.jit.ScriptModule):
        raise TypeError(
            f"guard() cannot see the calls inside of a scripted module ({type(model).__name__}): "
            "guard the model before torch.jit.script, or use its Python original"
        )
    if isinstance(model, type):
        raise TypeError(
            f"guard() expects a module, got the class {model.__name__}: make an instance first, "
            f"guard({model.__name__}(...))"
        )
    if not isinstance(model, nn.Module):
        raise TypeError(
            f"guard() expects a torch.nn.Module, got {type(model).__name__}: pass the model, or "
            "nothing to check every call, `with shapeguard.guard():`"
        )
