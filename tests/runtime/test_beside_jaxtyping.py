"""Beside other uses of jaxtyping and beartype: a user's own, import hooks, and switches."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, TypeCheckError, jaxtyped
from torch import Tensor, nn

import shapeguard
from shapeguard.contract import Kind

ROOT = Path(__file__).resolve().parents[2]


#: For isinstance, which type checkers hold to be none of theirs.
NAMED: Any = Float[Tensor, "N L D"]


@jaxtyped(typechecker=beartype)
def users(
    x: Float[Tensor, "N L D"], layer: nn.Module, wrong: bool = False
) -> tuple[Float[Tensor, "N L D"], Float[Tensor, "K N D"]]:
    """N, L, D and K are this function's; the layer has its own, of other sizes."""
    output, h_n = layer(x.transpose(0, 1))
    assert isinstance(x, NAMED)
    assert not isinstance(x.transpose(0, 1), NAMED)
    if wrong:
        return output, h_n
    return output.transpose(0, 1), h_n


def test_a_users_axis_names_and_ours_do_not_meet() -> None:
    layer = shapeguard.GRU(6, 6, num_layers=2)
    for _ in range(2):  # full check, then known combination
        output, h_n = users(torch.randn(3, 4, 6), layer)
        assert (output.shape, h_n.shape) == ((3, 4, 6), (2, 3, 6))
        with pytest.raises(TypeCheckError, match=r"return value of .*users"):
            users(torch.randn(3, 4, 6), layer, wrong=True)


def test_a_refused_call_leaves_a_users_bindings_alone() -> None:
    layer = shapeguard.GRU(6, 6)

    @jaxtyped(typechecker=beartype)
    def function(x: Float[Tensor, "N L D"]) -> Float[Tensor, "N L D"]:
        with pytest.raises(shapeguard.ShapeError):
            layer(x, torch.randn(1, 2, 6))
        assert isinstance(torch.zeros(3, 4, 6), NAMED)
        assert not isinstance(torch.zeros(4, 3, 6), NAMED)
        return x

    function(torch.randn(3, 4, 6))


def child(code: str, *options: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


HOOKED = """
import pytest, torch
from jaxtyping import install_import_hook
with install_import_hook("shapeguard", "beartype.beartype"):
    import shapeguard
    from shapeguard.runtime import layers
    from shapeguard.runtime.check import Checker
    from shapeguard import guard, ShapeError
assert hasattr(Checker.__init__, "__wrapped__"), "the hook is at work"
for name in ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"):
    cell = name.endswith("Cell")
    for wrap in (False, True):
        module = getattr(torch.nn if wrap else shapeguard, name)(5, 6)
        if wrap:
            guard(module)
        given = torch.randn(3, 5) if cell else torch.randn(4, 3, 5)
        for _ in range(2):
            result = module(given)
            module(given, result if cell else result[1])
        if not cell:
            module(torch.nn.utils.rnn.pack_sequence([torch.randn(4, 5), torch.randn(2, 5)]))
        with pytest.raises(ShapeError) as caught:
            module(torch.randn(*given.shape[:-1], 7))
        assert caught.value.place.file == "<string>", caught.value.place
        print(name)
"""


def test_layers_and_guards_work_under_jaxtypings_import_hook() -> None:
    assert child(HOOKED).split() == [kind.value for kind in Kind for _ in range(2)]


SWITCHED_OFF = """
import pytest, torch, shapeguard
from shapeguard.runtime import enforce, reading
PREPARE
module = shapeguard.GRU(5, 6)
given = torch.zeros(4, 3, 5)
call = reading.call(module, given, None)
enforce.outputs(call, given, (given, given))  # wrong, and not noticed
output, h_n = module(given)
if tuple(output.shape) != (4, 3, 6):
    raise SystemExit("another result")
with pytest.raises(shapeguard.ShapeError):
    module(torch.zeros(4, 3, 7))
with pytest.raises(shapeguard.ShapeError):
    module(given, torch.zeros(1, 2, 6))
status = shapeguard.status()
print(status.on, status.types_off)
print(status)
"""
DISABLED = SWITCHED_OFF.replace("PREPARE", "")
UPDATED = SWITCHED_OFF.replace(
    "PREPARE", "import jaxtyping; jaxtyping.config.update('jaxtyping_disable', True)"
)


@pytest.mark.parametrize(
    ("code", "options", "environment", "reason"),
    [
        (DISABLED, (), {"JAXTYPING_DISABLE": "1"}, "jaxtyping_disable"),
        (UPDATED, (), {}, "jaxtyping_disable"),
        (DISABLED, ("-O",), {}, "python -O"),
    ],
    ids=["environment", "update", "-O"],
)
def test_without_jaxtyping_the_diagnosis_still_works_and_status_says_so(
    code: str, options: tuple[str, ...], environment: dict[str, str], reason: str
) -> None:
    first, *text = child(code, *options, **environment).splitlines()
    assert first.startswith("True ")
    assert reason in first
    assert any(reason in line and "off" in line for line in text)


def test_status_says_nothing_of_types_that_are_on() -> None:
    assert shapeguard.status().types_off is None
    assert "jaxtyping" not in str(shapeguard.status())


def test_jaxtyping_switched_on_again_checks_again() -> None:
    code = """
import jaxtyping, pytest, torch
from torch import nn
jaxtyping.config.update("jaxtyping_disable", True)
from shapeguard.runtime import enforce, reading
module, given = nn.GRU(5, 6), torch.zeros(4, 3, 5)
call = reading.call(module, given, None)
enforce.outputs(call, given, (given, given))
jaxtyping.config.update("jaxtyping_disable", False)
with pytest.raises(enforce.TypeCheckError):
    enforce.outputs(call, given, (given, given))
print(enforce.off())
"""
    assert child(code).strip() == "None"
