"""The oracle itself: what is false is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shapeguard.axes.axis import Axis, Half, Role
from shapeguard.axes.value import Tensor
from tests.axes import oracle
from tests.axes.programs import SIZES, Config, claims, roots

CONFIG = Config("LSTM", 3, 2, False, True, "batched", False)
OUTPUT, STATE = claims(CONFIG, False)[1:3]
TRUE_OUTPUT, TRUE_STATE = roots(CONFIG)[1:3]


@pytest.mark.parametrize("config", [CONFIG, replace(CONFIG, layout="packed", pad_first=True)])
def test_the_documented_axes_are_true(config: Config) -> None:
    for symbolic in (False, True):
        for claim, truth in zip(claims(config, symbolic), roots(config), strict=True):
            assert oracle.complaint(claim, truth, SIZES) is None


@pytest.mark.parametrize(
    ("number", "axis"),
    [
        (0, Axis(Role.BATCH, 7)),
        (0, Axis(Role.TIME, 5)),
        (1, Axis(Role.TIME, 5)),
        (1, Axis(Role.UNKNOWN, 7)),
        (2, Axis(Role.FEATURE, 11)),
        (2, Axis(Role.STATES, 22)),
        (2, Axis(Role.FEATURE, 22, (Half.BACKWARD, Half.FORWARD))),
        (2, Axis(Role.FEATURE, 22, (Half.FORWARD,))),
        (2, Axis(Role.FEATURE, 22, (Half.BOTH,))),
    ],
)
def test_a_false_axis_is_told(number: int, axis: Axis) -> None:
    assert OUTPUT.axes is not None
    axes = (*OUTPUT.axes[:number], axis, *OUTPUT.axes[number + 1 :])
    assert oracle.complaint(OUTPUT.with_axes(axes), TRUE_OUTPUT, SIZES) is not None


def test_a_false_origin_is_told() -> None:
    assert oracle.complaint(replace(STATE, axes=None), TRUE_STATE, SIZES) is None
    assert oracle.complaint(replace(STATE, axes=None), TRUE_OUTPUT, SIZES) is not None
    top = TRUE_STATE.moved(lambda part: part[-1])
    assert "rows" in str(oracle.complaint(replace(STATE, axes=None), top, SIZES))
    added = oracle.combined(TRUE_STATE, TRUE_STATE)
    assert oracle.complaint(replace(STATE, axes=None), added, SIZES) is not None


def test_a_false_number_of_axes_is_told() -> None:
    assert oracle.complaint(Tensor((Axis(),)), TRUE_STATE, SIZES) is not None
    assert oracle.complaint(Tensor((Axis(),) * 3), TRUE_STATE, SIZES) is None
