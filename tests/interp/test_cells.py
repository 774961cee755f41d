"""What a cell returns: one tensor or two, the batch on axis 0, and the call they come from."""

from __future__ import annotations

import libcst as cst
import pytest

from shapeguard.axes.axis import Role
from shapeguard.axes.facts import CellCalled
from shapeguard.axes.recurrent import step
from shapeguard.axes.value import Tensor, Tuple
from shapeguard.lint.interp.roots import Session

CODE = """\
import torch
import torch.nn as nn

cell = nn.{kind}(5, 3)
cell(torch.randn({sizes}))
"""


def called(kind: str, sizes: str) -> CellCalled:
    tree = cst.parse_module(CODE.format(kind=kind, sizes=sizes))
    runs = Session(5000).run([(tree, True)]).plain
    (found,) = (fact for run in runs for fact, _ in run.facts if isinstance(fact, CellCalled))
    return found


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
@pytest.mark.parametrize("sizes", ["7, 5", "5", "7, 2, 5"])
def test_the_shapes_are_those_of_torch(kind: str, sizes: str) -> None:
    torch = pytest.importorskip("torch")
    call = called(kind, sizes).call
    assert call is not None
    result = step(call)
    cell = getattr(torch.nn, kind)(5, 3)
    try:
        there = cell(torch.randn(*map(int, sizes.split(","))))
    except ValueError:
        assert not isinstance(result, (Tensor, Tuple))
        return
    ours = result.items if isinstance(result, Tuple) else (result,)
    theirs = there if isinstance(there, tuple) else (there,)
    assert len(ours) == len(theirs)
    for one, other, slot in zip(ours, theirs, ("h_1", "c_1"), strict=False):
        assert isinstance(one, Tensor)
        assert one.axes is not None
        assert tuple(axis.size for axis in one.axes) == tuple(other.shape)
        assert one.axes[-1].role is Role.FEATURE
        assert one.source is not None
        assert one.source.slot == slot
        assert one.source.call is call
