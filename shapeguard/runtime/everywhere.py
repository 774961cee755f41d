"""guard() without a model: every call of torch.nn's recurrent forwards, for as long as it holds.

torch's global forward hooks would slow down every module and do not see keyword arguments; so the
forwards of the six classes are replaced in place, which subclasses that call them notice too. The
packing functions of torch.nn.utils.rnn are checked as well: see packing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import RLock
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

from shapeguard.runtime import packing, switch
from shapeguard.runtime.annotated import Annotated
from shapeguard.runtime.check import Checker, aside
from shapeguard.runtime.dynamo import never_compiled
from shapeguard.runtime.error import hidden
from shapeguard.runtime.guard import Guard, is_guarded
from shapeguard.runtime.reading import CLASSES

Forward = Callable[..., Any]

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

_lock = RLock()
#: Empty unless installed.
_originals: dict[type[nn.Module], Forward] = {}
_wrapped: dict[type[nn.Module], Forward] = {}
_checkers: WeakKeyDictionary[nn.Module, Checker] = WeakKeyDictionary()
_holders = 0


class Everywhere(Guard):
    """Holds the guard on every recurrent call of the process until removed."""

    def __init__(self) -> None:
        super().__init__({}, {})
        self._holds = True
        _install()

    def remove(self) -> None:
        if self._holds:
            self._holds = False
            _uninstall()

    def __repr__(self) -> str:
        return f"<shapeguard.guard of {'every recurrent call' if self._holds else 'nothing'}>"


def holders() -> int:
    """How many guards without a model hold at this moment."""
    return _holders


def _install() -> None:
    global _holders
    with _lock:
        if not _holders:
            wrapped = {cls: _checked(cls.__dict__["forward"]) for cls in CLASSES}
            try:
                packing.install()
                for cls, forward in wrapped.items():
                    _originals[cls] = cls.__dict__["forward"]
                    _wrapped[cls] = cls.forward = forward
            except BaseException:
                _restore()
                raise
        _holders += 1


def _uninstall() -> None:
    global _holders
    with _lock:
        _holders -= 1
        if not _holders:
            _restore()


def _restore() -> None:
    for cls, original in _originals.items():
        if cls.__dict__["forward"] is _wrapped.get(cls):  # else another's, put on top of ours
            cls.forward = original
    packing.uninstall()
    _originals.clear()
    _wrapped.clear()
    _checkers.clear()


def _checked(forward: FunctionType) -> Forward:
    originals, settings, stand_aside = _originals, switch, aside
    annotated, guarded, checker_of = Annotated, is_guarded, _checker
    __tracebackhide__ = hidden

    def checked(self: nn.Module, input: Any, hx: Any = None) -> Any:
        nonlocal __tracebackhide__  # a name in the frame, for pytest
        # First an attribute of self: there torch.compile gives up on a layer that it cannot take,
        # and counts no graph break, as it counts none where torch's own forward stands.
        hooks = self._forward_pre_hooks
        if (
            stand_aside()
            or not settings.on
            or not originals
            or isinstance(self, annotated)
            or (hooks and guarded(self))
        ):
            return forward(self, input, hx)
        after = checker_of(self).before(self, input, hx)
        result = forward(self, input, hx)
        if after is not None:
            after(result)
        return result

    # torch.jit.script reads the original's source and resolves the names in it in these globals.
    code, cells = checked.__code__, checked.__closure__
    twin = FunctionType(code, forward.__globals__, forward.__name__, checked.__defaults__, cells)
    return functools.update_wrapper(twin, forward)


@never_compiled
def _checker(module: nn.Module) -> Checker:
    checker = _checkers.get(module)
    if checker is None:
        checker = _checkers[module] = Checker()
    return checker
