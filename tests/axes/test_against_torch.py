"""The axis algebra against torch: equal to what torch did, or Unknown, never something else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.axes import oracle
from tests.axes.programs import SIZES, Program, claims, programs


@pytest.mark.parametrize("symbolic", [False, True], ids=["numbers", "symbols"])
@settings(max_examples=500, deadline=None, derandomize=True)
@given(program=programs())
def test_equal_or_unknown(symbolic: bool, program: Program) -> None:
    values = claims(program.config, symbolic)
    for i, truth in enumerate(program.truths[: program.roots]):
        assert oracle.complaint(values[i], truth, SIZES) is None
    for line, step in zip(program.lines(), program.steps, strict=True):
        value = step.meaning([values[i] for i in step.inputs], symbolic)
        assert oracle.complaint(value, step.truth, SIZES) is None, line
        values.append(value)
