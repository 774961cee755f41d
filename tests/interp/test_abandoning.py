"""Whether a name is bound anew before anything has read it."""

from __future__ import annotations

import libcst as cst
import pytest

from shapeguard.lint.interp.abandoning import abandoned

HEAD = "h = make()\n"


@pytest.mark.parametrize(
    ("rest", "lost"),
    [
        ("out, h = net(x)\n", True),
        ("for x in data:\n    h = tuple([e.data for e in h])\n    out, h = net(x)\n", True),
        ("with torch.no_grad():\n    out, h = net(x)\n", True),
        ("h = repackage_hidden(h)\nout, h = net(x)\n", True),
        ("out, h = net(x, h)\n", False),
        ("h = scale(h)\nout, h = net(x)\n", False),
        ("if flag:\n    out, h = net(x)\n", False),
        ("print(h)\nout, h = net(x)\n", False),
        ("for x in zip(data, h):\n    out, h = net(x)\n", False),
        ("h = other()\n", False),
        ("h.data.zero_()\nout, h = net(x)\n", False),
    ],
)
def test_abandoned(rest: str, lost: bool) -> None:
    tree = cst.parse_module(HEAD + rest)
    first = tree.body[0]
    assert isinstance(first, cst.SimpleStatementLine)
    assert (abandoned(tree, first.body[0], "h") is not None) is lost
