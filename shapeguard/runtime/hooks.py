"""What guard(model) puts on a module: hooks that can be pickled, copied and removed."""

from __future__ import annotations

import inspect
import sys
from typing import Any, ClassVar
from weakref import WeakSet, ref

from torch import nn

from shapeguard.runtime import switch
from shapeguard.runtime.check import After, Checker, aside
from shapeguard.runtime.dynamo import never_compiled
from shapeguard.runtime.error import hidden

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

#: Where torch keeps forward hooks, and what it notes about them; torch 2.0 has not all of them.
_RESULT_TABLES = ("_forward_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called")
_PARAMETERS = inspect.signature(nn.Module.register_forward_hook).parameters
#: torch 2.0 calls no hooks after an exception.
_ALWAYS_CALL: dict[str, Any] = {"always_call": True} if "always_call" in _PARAMETERS else {}


class Hook(Checker):
    """A forward pre-hook: checks what a module is given, and its first result of each kind.

    `claims` counts the guards that hold it: none for the hook of a copied or unpickled module.
    """

    __slots__ = ("claims",)

    #: Every hook that is in place somewhere; copies of a guarded model have their own.
    alive: ClassVar[WeakSet[Hook]] = WeakSet()

    @never_compiled
    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.claims = 0
        Hook.alive.add(self)

    @property
    def __name__(self) -> str:
        raise AttributeError(
            f"{self.path or 'the module'} is guarded, and torch.jit.script compiles a module's "
            "hooks, which cannot be done with this one: take it off first, with remove() of what "
            "guard() returned"
        )

    @never_compiled
    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None
    ) -> None:
        """Raises ShapeError. Arguments that forward has no names for are left to torch.

        Without kwargs it is called where quantization took it over to the layer's replacement.
        """
        if kwargs is None or aside() or not switch.on:
            return
        hooks = module._forward_pre_hooks
        if len(hooks) > 1 and next(reversed(hooks.values())) is not self:
            # A later hook may change the arguments, so what forward will get is not known this
            # once; torch goes through a copy of the table, so a new order holds from the next call.
            _move_to_end(hooks, self)
            return
        if len(args) == 1 and not kwargs:  # as most calls are, at a third of the cost
            input, hx = args[0], None
        else:
            try:
                input, hx = _arguments(*args, **kwargs)
            except TypeError:
                return
        after = self.before(module, input, hx)
        if after is not None:
            _unshare(module)
            module.register_forward_hook(
                ResultHook(module, input, after), prepend=True, with_kwargs=True, **_ALWAYS_CALL
            )


def _arguments(input: Any, hx: Any = None) -> tuple[Any, Any]:
    """Binds what a module is called with to the names that its forward has."""
    return input, hx


class ResultHook:
    """Hands the result of the call under way to a check, before the module's other hooks see it.

    It takes itself off at the end of that call, also when forward raises. Where torch calls no hook
    any more (a KeyboardInterrupt), or goes through its table of hooks while calling this one, it
    stays without effect until the next call or the end of the guard. It holds no tensor, and
    nothing of it is pickled.
    """

    __slots__ = ("after", "input", "module")

    def __init__(
        self, module: nn.Module | None = None, input: Any = None, after: After | None = None
    ) -> None:
        self.module = None if module is None else ref(module)
        self.input = id(input)
        self.after = after

    def __reduce__(self) -> tuple[type[ResultHook], tuple[()]]:
        return ResultHook, ()

    @never_compiled
    def __call__(
        self, called: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        module = None if self.module is None else self.module()
        if len(called._forward_hooks) == 1 or sys.exc_info()[0] is None:
            _take_off(self, *_result_tables(called))
        after, self.after = self.after, None
        input = args[0] if args else kwargs.get("input")
        known = module is called and id(input) == self.input
        if known and after is not None and result is not None:
            after(result)


def hook_of(module: nn.Module) -> Hook | None:
    """The hook that guards put on the module."""
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, Hook):
            return hook
    return None


def release(module: nn.Module | None, hook: Hook) -> None:
    """Drops one guard's claim, and with the last one all that is on the module."""
    hook.claims -= 1
    if hook.claims > 0:
        return
    Hook.alive.discard(hook)
    if module is not None:
        _take_off(hook, module._forward_pre_hooks, module._forward_pre_hooks_with_kwargs)
        for left in [*module._forward_hooks.values()]:
            if isinstance(left, ResultHook):
                _take_off(left, *_result_tables(module))


def _result_tables(module: nn.Module) -> list[dict[int, Any]]:
    return [module.__dict__.get(name, {}) for name in _RESULT_TABLES]


def _take_off(hook: object, hooks: dict[int, Any], *notes: dict[int, Any]) -> None:
    """Removes a hook from torch's table and what torch notes about it beside."""
    for key in [key for key, found in [*hooks.items()] if found is hook]:
        for table in (hooks, *notes):
            table.pop(key, None)


def _move_to_end(hooks: Any, hook: Hook) -> None:
    for key in [key for key, found in [*hooks.items()] if found is hook]:
        hooks.move_to_end(key)


def _unshare(module: nn.Module) -> None:
    """Gives a replica of DataParallel's tables of its own.

    It has its original's, as all replicas have, whose threads go through them at any time.
    """
    if module.__dict__.get("_is_replica"):
        for name, table in zip(_RESULT_TABLES, _result_tables(module), strict=True):
            module.__dict__[name] = table.copy()
