"""torch.compile: whether it is at work, and its frame evaluation kept away from the checks.

Where a graph breaks, torch.compile goes on to compile every Python function that is called between
its graphs, one by one; torch.nn's own it leaves alone. A check compiled so would cost compilations
and recompilations, and what jaxtyping does in it comes out wrong. A check that stands in the way of
a function that is compiled is another matter: see check.aside.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

import torch

F = TypeVar("F", bound=Callable[..., Any])


def _found_compiling() -> Callable[[], bool]:
    public: Any = getattr(getattr(torch, "compiler", None), "is_compiling", None)
    if public is None:  # torch 2.0 to 2.2
        from torch._dynamo import is_compiling as public
    found: Callable[[], bool] = public
    return found


#: torch's own function, which torch.compile knows and replaces by True in what it compiles.
compiling = _found_compiling()


def never_compiled(function: F) -> F:
    """The same function, which torch.compile runs as it is, and in newer torch all it calls."""
    _set(function, recursive=True)
    return function


def not_compiled_alone(function: F) -> F:
    """The same function, which torch.compile compiles within its callers only."""
    _set(function, recursive=False)
    return function


def _set(function: Callable[..., Any], recursive: bool) -> None:
    # not the code of what an import hook wraps it in: that is shared with what users decorate
    code: CodeType = inspect.unwrap(function).__code__
    native: Any = getattr(torch._C, "_dynamo", None)
    native = getattr(native, "eval_frame", None)
    if hasattr(native, "set_code_exec_strategy"):
        action = native._FrameAction
        rest = action.SKIP if recursive else action.DEFAULT
        native.set_code_exec_strategy(code, native._FrameExecStrategy(action.SKIP, rest))
    elif hasattr(native, "skip_code"):
        native.skip_code(code)
