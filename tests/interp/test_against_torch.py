"""The interpreter against torch: random programs as source text, run and followed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings

from shapeguard.axes.size import UNKNOWN, Expr
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.containers import Each
from shapeguard.lint.interp.objects import Opaque
from tests.axes import oracle
from tests.axes.programs import Program, programs
from tests.interp.sources import CALLED, STYLES, Values, interpreted, source


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("style", STYLES)
def test_equal_or_unknown(style: str) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(program=programs())
    def check(program: Program) -> None:
        # Nothing in view says how many axes a parameter has: the linter takes a batch for granted.
        assume(program.config.layout != "unbatched" or style in ("module", *CALLED))
        text, end = source(program, style)
        truth = program.truths[-1]
        assert ran(text + end) == truth.shape, text
        value = interpreted(text)["result"]
        if isinstance(value, (Opaque, Each, Expr, int, float)):  # twice a parameter may be a size
            value = UNKNOWN
        assert oracle.complaint(value, truth, Values(program)) is None, text
        seen["all"] += 1
        seen["described"] += isinstance(value, Tensor) and value.axes is not None

    check()
    # A parameter of unknown rank leaves more unknown than a tensor made in view.
    assert seen["described"] > (0.5 if style in ("method", "helpers") else 0.95) * seen["all"]


def ran(text: str) -> tuple[int, ...]:
    """The shape of ``result`` when Python runs the program."""
    names: dict[str, Any] = {}
    with torch.no_grad():
        exec(compile(text, "<program>", "exec"), names)
    return tuple(names["result"].shape)
