"""Where tensors are that a program puts on a device, wherever they come from."""

from __future__ import annotations

import textwrap

import libcst as cst
import pytest

from shapeguard.axes.making import Spot
from shapeguard.axes.packing import Apart, PackedUp
from shapeguard.axes.placing import Placed
from shapeguard.axes.value import Tensor
from shapeguard.lint.interp.roots import Session

HEAD = """\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
host = torch.device("cpu")


class Model(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.rnn = nn.GRU(n, n)

    def forward(self, x, lengths, other):
{body}
"""


def facts(body: str) -> list[PackedUp | Apart]:
    tree = cst.parse_module(HEAD.format(body=textwrap.indent(body, " " * 8)))
    runs = Session(5000).run([(tree, True)]).plain
    found = (fact for run in runs for fact, _ in run.facts)
    return [fact for fact in found if isinstance(fact, (PackedUp, Apart))]


def placed(body: str) -> Placed | None:
    """Where the lengths are that a batch is packed by."""
    (fact,) = facts(f"{body}\npack_padded_sequence(x, lengths)")
    assert isinstance(fact, PackedUp)
    return fact.lengths.placed if isinstance(fact.lengths, Tensor) else None


@pytest.mark.parametrize(
    ("body", "spot"),
    [
        ("lengths = lengths.cuda()", Spot.CUDA),
        ("lengths = lengths.to('cuda:1')", Spot.CUDA),
        ("lengths = lengths.to(device)", Spot.NAMED),
        ("lengths = lengths.to(device=device)", Spot.NAMED),
        ("lengths = lengths.to(other)", Spot.NAMED),
        ("lengths = lengths.to(x.device)", Spot.FOLLOWS),
        ("lengths = torch.tensor([3, 2], device=x.device)", Spot.FOLLOWS),
        ("lengths = torch.as_tensor(other, device=device)", Spot.NAMED),
        ("lengths, order = lengths.to(device).sort(descending=True)", Spot.NAMED),
        ("lengths = lengths.cuda()[other.argsort()]", Spot.CUDA),
        ("lengths = lengths.cuda().long().view(-1)", Spot.CUDA),
        ("lengths = lengths.cuda() - 1", Spot.CUDA),
        ("if other:\n    lengths = lengths.cuda()", Spot.CUDA),
        ("lengths = lengths.cuda().cpu()", Spot.CPU),
        ("lengths = lengths.cuda().to('cpu')", Spot.CPU),
        ("lengths = lengths.to(host)", Spot.CPU),
        ("lengths = lengths.cuda().to(torch.device('cpu'))", Spot.CPU),
        ("lengths = torch.as_tensor(lengths.cuda(), device='cpu')", Spot.CPU),
    ],
)
def test_device_that_is_known(body: str, spot: Spot) -> None:
    found = placed(body)
    assert found is not None
    assert found.spot is spot


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "lengths = lengths.long()",
        "lengths = lengths.to(torch.int64)",
        "lengths = lengths.cuda().type(torch.LongTensor)",
        "lengths = lengths.cuda().tolist()",
        "lengths = [int(n) for n in lengths.cuda()]",
        "lengths = other(lengths.cuda())",
        "lengths = lengths.cuda()\nif other:\n    lengths = lengths.cpu()",
        "there = lengths.cuda()",
    ],
)
def test_device_that_is_not_known(body: str) -> None:
    found = placed(body)
    assert found is None or not found.away


def apart(body: str) -> list[Apart]:
    start = "out, sizes = pad_packed_sequence(self.rnn(pack_padded_sequence(x, lengths))[0])"
    return [fact for fact in facts(f"{start}\n{body}") if isinstance(fact, Apart)]


@pytest.mark.parametrize(
    "body",
    [
        "torch.arange(9, device=x.device) < sizes[:, None]",
        "torch.arange(9).to(device)[None, :] >= sizes.unsqueeze(1)",
        "sizes.view(-1, 1) > torch.arange(9).to(x.device).expand(7, 9)",
        "out.sum(0) / sizes.float()[:, None]",
        "out.sum(0).div(sizes[:, None])",
    ],
)
def test_lengths_apart_from_the_batch(body: str) -> None:
    assert len(apart(body)) == 1


@pytest.mark.parametrize(
    "body",
    [
        "torch.arange(9) < sizes[:, None]",
        "torch.arange(9, device=x.device) < sizes[:, None].to(x.device)",
        "torch.arange(9, device=x.device) < sizes.max()",
        "torch.arange(9, device=x.device) < sizes.to(device)[:, None]",
        "out.sum(0) / sizes.type_as(out)[:, None]",
        "out[sizes - 1]",
    ],
)
def test_lengths_beside_what_they_may_meet(body: str) -> None:
    assert not apart(body)


@pytest.mark.parametrize(
    "body",
    [
        "lengths = (x != 0).sum(1)",
        "lengths = torch.sum(x > 0, dim=-1)",
        "mask = x != 0\nlengths = mask.sum(-1).long()",
        "lengths = other.sum(1)",
    ],
)
def test_counted_where_the_input_is(body: str) -> None:
    found = placed(body)
    assert found is not None
    assert found.spot is Spot.FOLLOWS
    assert found.beside


@pytest.mark.parametrize(
    "body",
    [
        "lengths = (x != 0).sum(1).cpu()",
        "here = [1, 2]\nlengths = torch.sum(here > 0)",
        "lengths = lengths if lengths == 2 else 3",
    ],
)
def test_counted_elsewhere(body: str) -> None:
    found = placed(body)
    assert found is None or not found.away
