"""One program, run and judged against its proof. Child process only: it executes foreign code."""

from __future__ import annotations

import contextlib
import re
import sys
import types
import warnings
from functools import partial
from typing import Any

import numpy as np
import torch

from shapeguard.reference.inputs import make_all
from shapeguard.reference.proof import Proof
from shapeguard.reference.quantities import Misread, Quantities
from shapeguard.reference.recorder import Recorder, Unclear, frozen
from shapeguard.reference.verdict import Ending, Outcome

SEED = 20_011
TOLERANCE = 1e-9
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "bad alloc")


def described(error: BaseException) -> str:
    """`Type: message`, the message on one line and cut to what a report can hold."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:400]}".removesuffix(": ")


def run(code: str, proof: Proof) -> Outcome:
    """Execute a program and judge it. Never raises: whatever happens is the outcome."""
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    try:
        inputs = make_all(proof.inputs)
    except ValueError as error:
        return Outcome(Ending.UNCLEAR, described(error))
    recorder = Recorder(watch=proof.watch.rpartition(".")[2])
    recorder.install()
    program = types.ModuleType("__main__")
    sys.modules["__main__"] = program
    namespace = program.__dict__
    namespace.update(inputs)
    given = {name: frozen(tensor) for name, tensor in inputs.items()}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with recorder if proof.watch else contextlib.nullcontext():
                exec(compile(code, "<program>", "exec", dont_inherit=True), namespace)
                value = eval(proof.run, namespace) if proof.run else None
        except BaseException as error:
            text = described(error)
            exhausted = isinstance(error, MemoryError) or any(t in text for t in OUT_OF_MEMORY)
            return Outcome(Ending.OUT_OF_MEMORY if exhausted else Ending.RAISED, text)
    heard = [str(warning.message) for warning in caught]
    try:
        return _judged(proof, recorder, namespace, given, value, heard)
    except Unclear as unclear:
        return Outcome(Ending.UNCLEAR, str(unclear))
    except Exception as error:
        return Outcome(Ending.UNEVALUATED, described(error))


def _judged(
    proof: Proof,
    recorder: Recorder,
    namespace: dict[str, Any],
    given: dict[str, Any],
    value: Any,
    heard: list[str],
) -> Outcome:
    if proof.no_warning:
        for text in heard:
            if proof.no_warning in text:
                return Outcome(Ending.BROKEN, f"torch warns: {' '.join(text.split())[:200]}")
    if not (proof.expect or proof.holds):
        return Outcome(Ending.SATISFIED, "it runs" + (", without it" if proof.no_warning else ""))
    declared = any({"batch", "time"} <= set(re.split(r"\W", s)) for s in proof.inputs.values())
    quantities = Quantities(recorder, namespace, proof.layer, sizes_declared=declared)
    try:
        names = given | quantities.namespace()
    except Misread as error:
        return Outcome(Ending.BROKEN, str(error))
    names["value"] = _watched(proof, recorder, namespace) if proof.watch else frozen(value)
    outcome = Outcome(Ending.SATISFIED, f"{proof.holds} is true")
    if proof.expect:
        outcome = compare(names["value"], eval(proof.expect, names), proof.expect)
    if outcome.satisfied and proof.holds and not eval(proof.holds, names):
        return Outcome(Ending.BROKEN, f"{proof.holds} is false")
    return outcome


def _watched(proof: Proof, recorder: Recorder, namespace: dict[str, Any]) -> Any:
    module = recorder.named(proof.watch, namespace)
    call = None if module is None else recorder.calls.get(id(module))
    if call is not None:
        return call.fed
    if not recorder.watched:
        raise LookupError(f"nothing called {proof.watch!r} ran")
    return recorder.watched[-1]


def compare(value: Any, expected: Any, name: str) -> Outcome:
    """Whether a value equals a reference in structure, shape and numbers to 1e-9."""
    if isinstance(expected, (tuple, list)):
        if not isinstance(value, (tuple, list)) or len(value) != len(expected):
            return Outcome(Ending.BROKEN, f"not {len(expected)} values, as {name} is")
        worst = Outcome(Ending.SATISFIED, f"equals {name}")
        for place, (part, wanted) in enumerate(zip(value, expected, strict=True)):
            worst = compare(part, wanted, f"{name}[{place}]")
            if not worst.satisfied:
                return worst
        return worst
    if not isinstance(value, (np.ndarray, int, float)):
        text = f"a {type(value).__name__}, not a tensor as {name} is"
        return Outcome(Ending.BROKEN, text)
    ours, theirs = np.asarray(expected, dtype=np.float64), np.asarray(value, dtype=np.float64)
    judged = partial(Outcome, shape=theirs.shape, expected_shape=ours.shape)
    if ours.shape != theirs.shape:
        return judged(Ending.BROKEN, f"shape {theirs.shape}, where {name} is {ours.shape}")
    difference = float(np.abs(ours - theirs).max(initial=0.0))
    if difference <= TOLERANCE:
        text = f"equals {name} {ours.shape} within {difference:.1e}"
        return judged(Ending.SATISFIED, text, difference)
    text = f"differs from {name} {ours.shape} by up to {difference:.3g}"
    return judged(Ending.BROKEN, text, difference)
