"""Samples that are put in another order to be packed, and what else the order is used for."""

from __future__ import annotations

import textwrap

import libcst as cst
import pytest

from shapeguard.axes.marks import Reordered
from shapeguard.axes.packing import PackedUp
from shapeguard.lint.interp.roots import Session

HEAD = """\
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence

rnn = nn.GRU(5, 3, batch_first=True)


def run(x, lengths, labels):
{body}
"""


def stray(body: str) -> Reordered | None:
    """The order of the samples that are packed, where it has no other use."""
    tree = cst.parse_module(HEAD.format(body=textwrap.indent(body, "    ")))
    runs = Session(5000).run([(tree, True)]).plain
    (fact,) = (fact for run in runs for fact, _ in run.facts if isinstance(fact, PackedUp))
    return fact.stray


SORT = "lengths, order = lengths.sort(descending=True)\n"
PACK = "_, h = rnn(pack_padded_sequence(x[order], lengths))\n"


@pytest.mark.parametrize(
    "body",
    [
        f"{SORT}{PACK}return h",
        f"{SORT}x = x[order]\nreturn rnn(pack_padded_sequence(x, lengths.cpu()))[1][-1]",
        "order = lengths.argsort(descending=True)\n"
        "return rnn(pack_padded_sequence(x[order], lengths[order]))",
    ],
)
def test_order_without_another_use(body: str) -> None:
    found = stray(body)
    assert found is not None
    assert found.order == "order"


@pytest.mark.parametrize(
    "body",
    [
        f"{SORT}{PACK}return h[:, order.argsort()]",
        f"{SORT}{PACK}return h, order",
        f"{SORT}{PACK}return h, labels[order]",
        f"{SORT}{PACK}return restored(h, order)",
        f"{SORT}{PACK}return dict(h=h, order=order)",
        f"{SORT}labels = labels.index_select(0, order)\n{PACK}return h, labels",
        f"{SORT}{PACK}back = order.clone()\nreturn h",
        f"{SORT}_, h = rnn(pack_padded_sequence(x, lengths))\nreturn h",
        f"{SORT}pairs = (order, labels)\n{PACK}return h, pairs",
        "order = [2, 0, 1]\n" + PACK + "return h",
    ],
)
def test_order_that_may_be_undone(body: str) -> None:
    assert stray(body) is None
