"""Whether a state lies in memory as a new one does, held by torch."""

from __future__ import annotations

import libcst as cst
import pytest

from shapeguard.axes.facts import RnnCalled
from shapeguard.axes.given import given
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.striding import apart
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.roots import Session

HEAD = """\
import torch
import torch.nn as nn

gru, fc = nn.GRU(5, 3, 2), nn.Linear(3, 6)
encoder = nn.GRU(5, 3, 2, bidirectional=True)
emb = nn.Embedding(13, 3)
x = torch.zeros(11, 7, 5)
z = torch.zeros(7, 3)
h_n = encoder(x)[1]
h = {expression}
"""

EXPRESSIONS = [
    "torch.zeros(2, 7, 3)",
    "torch.zeros(7, 2, 3).transpose(0, 1)",
    "torch.zeros(7, 1, 3).transpose(0, 1)",
    "torch.zeros(7, 2, 3).permute(1, 0, 2)",
    "torch.zeros(7, 2, 3).transpose(0, 1).contiguous()",
    "torch.zeros(7, 2, 3).transpose(0, 1).clone()",
    "torch.zeros(2, 7, 3).transpose(0, 1).transpose(0, 1)",
    "torch.zeros(1, 1, 3).expand(2, 7, 3)",
    "torch.zeros(2, 1, 3).expand(-1, 7, -1)",
    "torch.zeros(2, 1, 3).expand(-1, 1, -1)",
    "torch.zeros(2, 1, 3).expand(-1, 7, -1).contiguous()",
    "torch.zeros(2, 1, 3).repeat(1, 7, 1)",
    "h_n[:2]",
    "h_n[2:]",
    "h_n[0::2]",
    "h_n[-1:]",
    "h_n[:, :4]",
    "h_n[1].unsqueeze(0)",
    "h_n[:, :, :2]",
    "h_n[..., 1:]",
    "h_n.view(2, 2, 7, 3)[:, 0]",
    "h_n.view(2, 2, 7, 3)[1]",
    "h_n.view(2, 2, 7, 3)[-1, -1].unsqueeze(0)",
    "fc(z).view(7, 2, 3).transpose(0, 1)",
    "fc(z).view(2, 7, 3)",
    "fc(z).chunk(2, dim=1)[0].unsqueeze(0)",
    "fc(z).chunk(2, dim=-1)[1].unsqueeze(0)",
    "fc(z)[:, :3].unsqueeze(0)",
    "torch.relu(fc(z)).view(7, 2, 3).permute(1, 0, 2)",
    "fc(z).split(3, dim=1)[1].unsqueeze(0)",
    "emb(torch.zeros(7, 2).long()).transpose(0, 1)",
    "torch.cat([h_n[0], h_n[1]], dim=1).view(7, 2, 3).transpose(0, 1)",
    "torch.stack([h_n[0], h_n[1]])",
    "torch.stack([h_n[0], h_n[1]], 1).transpose(0, 1)",
    "torch.tanh(torch.zeros(7, 2, 3).transpose(0, 1))",
    "torch.zeros(7, 2, 3).transpose(0, 1) * 2",
    "torch.zeros(2, 7, 3) + torch.zeros(2, 1, 3)",
    "h_n.index_select(0, torch.tensor([0, 2]))",
    "nn.Parameter(torch.zeros(2, 1, 3)).expand(2, 7, 3)",
    "torch.zeros(2, 7, 3).t_() if False else torch.zeros(7, 2, 3).swapaxes(0, 1)",
    "encoder(x)[0]",
    "nn.GRU(5, 3, batch_first=True)(x)[0]",
    "nn.RNN(5, 3, 2, batch_first=True)(x)[0].contiguous()",
    "nn.LSTM(5, 3, batch_first=True, bidirectional=True)(x)[0]",
    "nn.LSTM(5, 3, batch_first=True)(x)[0].transpose(0, 1)",
    "nn.GRU(5, 3, batch_first=True)(x)[0][:, -1:]",
    "torch.tanh(nn.GRU(5, 3, batch_first=True)(x)[0])",
    "fc(nn.GRU(5, 3, batch_first=True)(x)[0])",
    "nn.GRU(5, 3, batch_first=True)(torch.zeros(1, 7, 5))[0]",
]


def state(expression: str) -> Tensor:
    code = HEAD.format(expression=expression) + "gru(x, h)\n"
    runs = Session(9000).run([(cst.parse_module(code), True)]).plain
    (*_, call) = (fact for run in runs for fact, _ in run.facts if isinstance(fact, RnnCalled))
    return given(call).tensors[0] if given(call).tensors else Tensor()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_strides_are_those_of_torch(expression: str) -> None:
    torch = pytest.importorskip("torch")
    names: dict[str, object] = {}
    exec(HEAD.format(expression=expression), names)
    there, ours = names["h"], state(expression)
    assert isinstance(there, torch.Tensor)
    if ours.strides is None or ours.axes is None:
        return
    sizes = [axis.size for axis in ours.axes]
    assert all(one in (UNKNOWN, other) for one, other in zip(sizes, there.shape, strict=True))
    for size, one, other in zip(sizes, ours.strides, there.stride(), strict=True):
        assert size == 1 or one == other
    torn = apart(ours.axes, ours.strides, 1) is not None
    assert ours.contiguous <= there.is_contiguous() <= (not torn)
    if UNKNOWN not in sizes:
        assert ours.contiguous is there.is_contiguous() is not torn


def test_most_of_them_are_known() -> None:
    known = [one for one in EXPRESSIONS if state(one).strides is not None]
    assert len(known) >= 32, [one for one in EXPRESSIONS if one not in known]
