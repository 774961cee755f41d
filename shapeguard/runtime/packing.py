"""torch.nn.utils.rnn's packing functions, checked for as long as guard() without a model holds.

Programs import these functions by name, so the functions themselves are changed: their code is
replaced by that of a stub which hands the call to `called`. The stub keeps file, first line, name
and parameters of the original, so that signatures, torch.jit.script (which reads the source) and
torch.compile (which goes by the file) take it for what stood there. The originals are functions of
the same code and globals, and are never dropped: what torch.compile recorded may refer to them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from inspect import CO_VARARGS, CO_VARKEYWORDS
from threading import local
from types import CodeType, FunctionType
from typing import Any

import torch
from torch.nn.utils import rnn

from shapeguard.runtime import lengths, reading, switch
from shapeguard.runtime.check import aside
from shapeguard.runtime.diagnosis import packing as diagnosis
from shapeguard.runtime.diagnosis import sequences as of_sequences
from shapeguard.runtime.diagnosis.lengths import Padded
from shapeguard.runtime.diagnosis.sequences import Sequences
from shapeguard.runtime.dynamo import compiling as compiling
from shapeguard.runtime.dynamo import never_compiled
from shapeguard.runtime.error import fail, hidden
from shapeguard.runtime.problem import Problem

Check = Callable[[], Problem | None]

#: pytest leaves these frames out of what it shows of a ShapeError.
__tracebackhide__ = hidden

#: Read by the stubs, as `compiling` is: nothing of torch's module may be relied on to be there.
originals: dict[str, FunctionType] = {}

#: The stub for a code, always the same one: torch.compile compiles again for every other code.
_stubs: dict[CodeType, CodeType] = {}
_held: dict[FunctionType, tuple[CodeType, CodeType]] = {}
_inside = local()


def install() -> None:
    """Puts the stubs in place. The caller counts and locks.

    Warns with RuntimeWarning of what is no plain function any more and goes unchecked; where that
    is an error, nothing has been changed.
    """
    functions = {name: getattr(rnn, name) for name in CHECKS}
    plain = {name: function for name, function in functions.items() if _plain(function)}
    if len(plain) < len(functions):
        names = ", ".join(sorted(functions.keys() - plain.keys()))
        warnings.warn(
            f"not checked, as something else stands in torch.nn.utils.rnn: {names}",
            RuntimeWarning,
            stacklevel=2,
        )
    for name, function in plain.items():
        code = function.__code__
        known = originals.get(name)
        if known is None or known.__code__ is not code:
            originals[name] = _copy(function)
        stub = _stubs.get(code) or _stubs.setdefault(code, _stub(code))
        _held[function] = code, stub
        function.__code__ = stub


def uninstall() -> None:
    """Takes away what install put in place, and nothing that another put on top of it."""
    while _held:
        function, (code, stub) = _held.popitem()
        if function.__code__ is stub:
            function.__code__ = code


@never_compiled
def called(name: str, *given: Any) -> Any:
    """A call of the function `name`, with a value for each of its parameters."""
    original = originals[name]
    if aside() or not switch.on or not _held or getattr(_inside, "pack_sequence", False):
        return original(*given)
    problem = _problem(name, dict(zip(original.__code__.co_varnames, given, strict=False)))
    if problem is not None:
        fail(problem, name)
    if name != "pack_sequence":
        return original(*given)
    _inside.pack_sequence = True  # it calls the others with what it was given, which is checked
    try:
        return original(*given)
    finally:
        _inside.pack_sequence = False


def _stub(code: CodeType) -> CodeType:
    name = code.co_name
    parameters = ", ".join(code.co_varnames[: code.co_argcount])
    source = (  # one line, so that tracebacks show the line of the original's def
        f"def {name}({parameters}):"
        " from shapeguard.runtime import packing as own;"
        f" return own.originals[{name!r}]({parameters}) if own.compiling()"
        f" else own.called({name!r}, {parameters})\n"
    )
    namespace: dict[str, Any] = {}
    exec(compile(source, code.co_filename, "exec"), namespace)
    stub: CodeType = namespace[name].__code__
    return stub.replace(co_firstlineno=code.co_firstlineno)


def _copy(function: FunctionType) -> FunctionType:
    return FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__
    )


def _plain(function: object) -> bool:
    """Whether the code of it can be exchanged: positional parameters and no closure."""
    if not isinstance(function, FunctionType):
        return False
    code = function.__code__
    variadic = code.co_flags & (CO_VARARGS | CO_VARKEYWORDS)
    return not (code.co_freevars or code.co_kwonlyargcount or variadic)


def _problem(name: str, given: dict[str, Any]) -> Problem | None:
    """What is wrong with the call; None too where what was passed cannot be described."""
    try:
        check = CHECKS[name](given)
    except Exception:  # symbols for sizes, tensors of a kind without shape
        return None
    return None if check is None else check()


def _opaque(value: Any) -> bool:
    """Whether it takes torch's functions over, as the proxies of torch.fx do, and may be anything.

    Nested and sparse tensors have no shape that the documents speak of.
    """
    if isinstance(value, torch.Tensor):
        return value.is_nested or value.layout is not torch.strided
    return hasattr(type(value), "__torch_function__")


def _pack_padded(given: dict[str, Any]) -> Check | None:
    input, batch_first, enforce_sorted = (
        given[name] for name in ("input", "batch_first", "enforce_sorted")
    )
    if _opaque(input) or type(batch_first) is not bool or isinstance(enforce_sorted, torch.Tensor):
        return None
    described = reading.given(input)
    call = Padded(described, lengths.read(given["lengths"]), batch_first, bool(enforce_sorted))
    return partial(diagnosis.pack_padded, call)


def _pad_packed(given: dict[str, Any]) -> Check | None:
    sequence, total = given["sequence"], given["total_length"]
    if not hasattr(sequence, "batch_sizes"):
        return None if _opaque(sequence) else _not_packed(sequence)
    if type(total) is not int or not isinstance(sequence, rnn.PackedSequence):
        return None
    return partial(diagnosis.total_length, len(sequence.batch_sizes), total)


def _not_packed(sequence: Any) -> Check:
    return partial(diagnosis.pad_packed, reading.given(sequence))


def _sequences(value: Any) -> Sequences | None:
    """The items described; None for what is only known once it has been read."""
    kind = reading.type_name(value)
    if _opaque(value):
        return None
    if isinstance(value, rnn.PackedSequence):
        return Sequences(kind, (reading.given(value),))
    if isinstance(value, torch.Tensor):
        form = reading.form(value)
        count = form.shape[0] if form.shape else 1
        return Sequences("tensor", (replace(form, shape=form.shape[1:]),) * count)
    if isinstance(value, (list, tuple)) and not any(map(_opaque, value)):
        return Sequences(kind, tuple(map(reading.given, value)))
    if hasattr(type(value), "__next__"):
        return Sequences(kind, None)
    return None


def _pad(given: dict[str, Any]) -> Check | None:
    found = _sequences(given["sequences"])
    return None if found is None else partial(of_sequences.pad, found)


def _pack(given: dict[str, Any]) -> Check | None:
    found, enforce_sorted = _sequences(given["sequences"]), given["enforce_sorted"]
    if found is None or isinstance(enforce_sorted, torch.Tensor):
        return None
    return partial(of_sequences.pack, found, bool(enforce_sorted))


#: Of each function, what describes a call of it, given the values by the names of the parameters.
CHECKS: dict[str, Callable[[dict[str, Any]], Check | None]] = {
    "pack_padded_sequence": _pack_padded,
    "pad_packed_sequence": _pad_packed,
    "pad_sequence": _pad,
    "pack_sequence": _pack,
}
