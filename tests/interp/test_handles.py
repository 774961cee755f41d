"""What the interpreter follows, one clause of its description after the other.

Each program binds ``result`` to a tensor that it must describe, or ends in a mistake that must be
reported; where nothing can be known, nothing may be said.
"""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from shapeguard.axes.layer import Rnn
from shapeguard.axes.size import UNKNOWN
from shapeguard.axes.value import Tensor
from shapeguard.lint.analyze import analyze
from shapeguard.lint.source import Program, Unit
from tests.interp.sources import interpreted

HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
X = "x = torch.randn(5, 7, 13)\n"


def follow(text: str, head: str = HEAD) -> dict[str, Any]:
    return interpreted(head + dedent(text))


def shape(text: str, head: str = HEAD) -> str:
    """``result`` as roles and sizes."""
    value = follow(text, head)["result"]
    assert isinstance(value, Tensor), value
    assert value.axes is not None
    return " ".join(f"{axis.role.value}:{axis.size}" for axis in value.axes)


def codes(*cells: str, head: str = HEAD) -> list[str]:
    """The findings in a file, or in the cells of a notebook."""
    texts = [head + dedent(cells[0]), *(dedent(cell) for cell in cells[1:])]
    numbers = range(1, len(texts) + 1) if len(texts) > 1 else [None]
    units = tuple(Unit(text, cell) for text, cell in zip(texts, numbers, strict=True))
    analysis = analyze(Program("program.py", units), None)
    assert analysis.error is None
    assert not analysis.skipped
    return [one.code for one in analysis.diagnostics]


OUT = "batch:5 time:7 feature:46"
"""What nn.LSTM(13, 23, batch_first=True, bidirectional=True) puts out for X."""

ARGS = "13, 23, batch_first=True, bidirectional=True"


@pytest.mark.parametrize(
    ("imports", "layer"),
    [
        ("import torch", "torch.nn.LSTM"),
        ("import torch as t", "t.nn.LSTM"),
        ("import torch.nn", "torch.nn.LSTM"),
        ("import torch.nn as N", "N.LSTM"),
        ("from torch import nn", "nn.LSTM"),
        ("from torch import nn as layers", "layers.LSTM"),
        ("from torch.nn import LSTM", "LSTM"),
        ("from torch.nn import LSTM as L", "L"),
        ("from torch.nn import *", "LSTM"),
        ("from torch.nn.modules.rnn import LSTM", "LSTM"),
        ("from torch.nn.modules import LSTM", "LSTM"),
        ("try:\n    from torch.nn import LSTM\nexcept ImportError:\n    LSTM = None", "LSTM"),
        ("from torch import nn\nL = nn.LSTM", "L"),
    ],
)
def test_import_aliases(imports: str, layer: str) -> None:
    head = "import torch\n" if "import torch\n" not in f"{imports}\n" else ""
    text = f"{head}{imports}\n{X}out, _ = {layer}({ARGS})(x)\nresult = out\n"
    assert shape(text, "") == OUT


@pytest.mark.parametrize(
    "text",
    [
        f"rnn = nn.LSTM({ARGS})\nresult = rnn(x)[0]\n",
        f"def run(x):\n    rnn = nn.LSTM({ARGS})\n    return rnn(x)[0]\nresult = run(x)\n",
        f"rnn = nn.LSTM({ARGS})\ndef run(x):\n    return rnn(x)[0]\nresult = run(x)\n",
        f"layers = nn.ModuleList([nn.LSTM({ARGS})])\nresult = layers[0](x)[0]\n",
        f"layers = nn.ModuleList()\nlayers.append(nn.LSTM({ARGS}))\nresult = layers[0](x)[0]\n",
        f"layers = nn.ModuleList([nn.LSTM({ARGS})])\n"
        "for layer in layers:\n    result, _ = layer(x)\n",
        f"layers = nn.ModuleDict({{'a': nn.LSTM({ARGS})}})\nresult = layers['a'](x)[0]\n",
        f"net = nn.Sequential(nn.Dropout(0.1), nn.LSTM({ARGS}))\nresult = net(x)[0]\n",
        f"layers = [nn.LSTM({ARGS}) for _ in range(2)]\nresult = layers[1](x)[0]\n",
        f"layers = nn.ModuleList(nn.LSTM({ARGS}) for _ in range(2))\nresult = layers[0](x)[0]\n",
        f"layers = {{k: nn.LSTM({ARGS}) for k in ('a', 'b')}}\nresult = layers['a'](x)[0]\n",
        f"result = getattr(nn, 'LSTM')({ARGS})(x)[0]\n",
        f"kind = 'LSTM'\nresult = getattr(nn, kind)({ARGS})(x)[0]\n",
        f"kind = 'lstm'\nresult = getattr(nn, kind.upper())({ARGS})(x)[0]\n",
        "kind = 'lstm'\nmake = {'lstm': nn.LSTM, 'gru': nn.GRU}[kind]\n"
        f"result = make({ARGS})(x)[0]\n",
        f"class Mine(nn.LSTM):\n    pass\nresult = Mine({ARGS})(x)[0]\n",
        "class Mine(nn.LSTM):\n    def __init__(self, size):\n"
        "        super().__init__(13, size, batch_first=True, bidirectional=True)\n"
        "result = Mine(23)(x)[0]\n",
        "class Mine(nn.LSTM):\n    def __init__(self, *args, **kwargs):\n"
        "        super(Mine, self).__init__(*args, batch_first=True, **kwargs)\n"
        "    def forward(self, x):\n        return super().forward(x)[0]\n"
        "result = Mine(13, 23, bidirectional=True)(x)\n",
        "class Mine(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.rnn = nn.LSTM({ARGS})\n"
        "    def forward(self, x):\n        return self.rnn(x)[0]\nresult = Mine()(x)\n",
        "class Mine(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        setattr(self, 'rnn', nn.LSTM({ARGS}))\n"
        "    def forward(self, x):\n        return self.rnn(x)[0]\nresult = Mine()(x)\n",
        "class Mine(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.add_module('rnn', nn.LSTM({ARGS}))\n"
        "    def forward(self, x):\n        return self.rnn(x)[0]\nresult = Mine().cuda()(x)\n",
    ],
)
def test_where_layers_are_kept(text: str) -> None:
    assert shape(X + text) == OUT


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_classes_that_happen_to_be_called_so(kind: str) -> None:
    own = f"""
        class {kind}(nn.Module):
            def __init__(self, size, batch_first=False, bidirectional=False):
                super().__init__()
                self.rnn = nn.RNN(size, 23, batch_first=True)
            def forward(self, x):
                return self.rnn(x)[0]
        out = {kind}(13, bidirectional=True)(torch.randn(5, 7, 13))
        result = out[:, -1]
    """
    assert shape(own) == "batch:5 feature:23"
    assert codes(own) == ["SG606"]  # the class takes bidirectional and hands it to nobody
    foreign = f"from elsewhere import {kind}\nout = {kind}(3, 4)(x)[0]\nresult = out[-1]\n"
    value = follow(foreign)["result"]
    assert not isinstance(value, Tensor) or (value.axes is None and value.source is None)


@pytest.mark.parametrize(
    "text",
    [
        "rnn = nn.LSTM(13, 23, 1, True, True, 0., True)\n",
        "def make(hidden, both):\n"
        "    return nn.LSTM(13, hidden, batch_first=both, bidirectional=both)\n"
        "rnn = make(23, True)\n",
        "def make(hidden=23, *, both=True):\n"
        "    return nn.LSTM(13, hidden, batch_first=both, bidirectional=both)\n"
        "rnn = make()\n",
        "HIDDEN, BOTH = 23, True\n"
        "rnn = nn.LSTM(13, HIDDEN, batch_first=BOTH, bidirectional=BOTH)\n",
        "from dataclasses import dataclass\n@dataclass\nclass Config:\n"
        "    hidden: int = 23\n    both: bool = True\nc = Config()\n"
        "rnn = nn.LSTM(13, c.hidden, batch_first=c.both, bidirectional=c.both)\n",
        "from dataclasses import dataclass\n@dataclass\nclass Config:\n"
        "    hidden: int\n    both: bool = False\nc = Config(23, both=True)\n"
        "rnn = nn.LSTM(13, c.hidden, batch_first=c.both, bidirectional=c.both)\n",
        "c = {'hidden': 23, 'both': True}\n"
        "rnn = nn.LSTM(13, c['hidden'], batch_first=c['both'], bidirectional=c.get('both'))\n",
        "c = dict(hidden_size=23, batch_first=True, bidirectional=True)\nrnn = nn.LSTM(13, **c)\n",
        "c = {'hidden_size': 23}\nc['batch_first'] = c['bidirectional'] = True\n"
        "rnn = nn.LSTM(input_size=13, **c)\n",
        "sizes = (13, 23)\nrnn = nn.LSTM(*sizes, batch_first=True, bidirectional=True)\n",
        "import argparse\np = argparse.ArgumentParser()\n"
        "p.add_argument('--hidden-size', type=int, default=23)\n"
        "p.add_argument('--one-way', action='store_true')\na = p.parse_args()\n"
        "both = not a.one_way\n"
        "rnn = nn.LSTM(13, a.hidden_size, batch_first=both, bidirectional=both)\n",
        "class Config:\n    hidden = 23\n    both = True\n"
        "rnn = nn.LSTM(13, Config.hidden, batch_first=Config.both, bidirectional=Config.both)\n",
        "class Mine:\n    def __init__(self, hidden):\n        self.half = hidden // 2\n"
        "        self.both = True\n        self.build()\n"
        "    def build(self):\n        self.rnn = nn.LSTM(13, self.half,\n"
        "            batch_first=self.both, bidirectional=self.both)\n"
        "rnn = Mine(46).rnn\n",
        "both = True\nways = 2 if both else 1\n"
        "rnn = nn.LSTM(13, 46 // ways, batch_first=both, bidirectional=ways == 2)\n",
        "import functools\nmake = lambda n, **kw: nn.LSTM(13, n, batch_first=True, **kw)\n"
        "rnn = make(23, bidirectional=True)\n",
    ],
)
def test_constructor_arguments(text: str) -> None:
    assert shape(f"{X}{text}result = rnn(x)[0]\n") == OUT


def test_call_sites_that_disagree_are_followed_apart() -> None:
    model = """
        class Model(nn.Module):
            def __init__(self, bidirectional):
                super().__init__()
                self.rnn = nn.LSTM(4, 8, batch_first=True, bidirectional=bidirectional)
                self.head = nn.Linear(16 if bidirectional else 8, 3)
            def forward(self, x):
                out, _ = self.rnn(x)
                return self.head(out[:, -1])
    """
    assert codes(model + "\n        a = Model(False)\n") == []
    assert codes(model + "\n        a = Model(True)\n") == ["SG301"]
    assert codes(model + "\n        a = Model(False)\n        b = Model(True)\n") == ["SG301"]


def test_branches_are_followed_with_their_condition_known() -> None:
    model = """
        class Model(nn.Module):
            def __init__(self, size, bidirectional):
                super().__init__()
                self.bidirectional = bidirectional
                self.rnn = nn.LSTM(4, size, batch_first=True, bidirectional=bidirectional)
                self.head = nn.Linear(size * 2 if bidirectional else size, 3)
            def forward(self, x):
                out, (h, c) = self.rnn(x)
                if {test}:
                    last = torch.cat([h[-2], h[-1]], 1)
                else:
                    last = out[:, -1]
                return self.head(last)
    """
    assert codes(model.format(test="self.bidirectional")) == []
    assert codes(model.format(test="not self.bidirectional")) == ["SG301"]


def test_code_under_a_false_condition_is_silent() -> None:
    text = """
        BOTH = {both}
        rnn = nn.LSTM(4, 8, batch_first=True, bidirectional=True)
        head = nn.Linear(16, 3)
        def run(x):
            out, _ = rnn(x)
            if BOTH:
                return head(out[:, -1])
            return head(out.mean(1))
    """
    assert codes(text.format(both=True)) == ["SG301"]
    assert codes(text.format(both=False)) == []


@pytest.mark.parametrize(
    ("loop", "wanted"),
    [
        ("for layer in layers:\n    x, _ = layer(x)\nresult = x\n", OUT),
        ("for i in range(2):\n    x, _ = layers[i](x)\nresult = x\n", OUT),
        ("for i, layer in enumerate(layers):\n    x, _ = layer(x)\nresult = x\n", OUT),
        ("for a, b in zip(layers, layers):\n    result, _ = b(x)\n    break\n", None),
        ("i = 0\nwhile i < 2:\n    x, _ = layers[i](x)\n    i += 1\nresult = x\n", None),
    ],
)
def test_loops_over_layers(loop: str, wanted: str | None) -> None:
    made = f"layers = [nn.LSTM({ARGS}), nn.LSTM(46, 23, batch_first=True, bidirectional=True)]\n{X}"
    if wanted is None:
        follow(made + loop)  # what is known is up to the interpreter; the run must end
    else:
        assert shape(made + loop) == wanted


def test_a_state_carried_through_a_loop() -> None:
    text = """
        rnn = nn.GRU(13, 23)
        x = torch.randn(7, 5, 13)
        h = torch.zeros(1, 5, 23)
        for i in range(100):
            out, h = rnn(x, h)
        result = h
    """
    value = follow(text)["result"]
    assert isinstance(value, Tensor)
    assert value.axes is not None
    assert [axis.size for axis in value.axes] == [1, 5, 23]


def test_what_a_loop_changes_is_unknown_after_it() -> None:
    text = """
        rnn = nn.GRU(13, 23, batch_first=True)
        y = torch.randn(5, 7, 13)
        for i in range(100):
            y = y.transpose(0, 1)
        result, _ = rnn(y)
    """
    value = follow(text)["result"]
    assert isinstance(value, Tensor)
    assert value.axes is not None
    assert [axis.size for axis in value.axes] == [UNKNOWN, UNKNOWN, 23]


HELPERS = """
    def last(out):
        return out[:, -1]
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(4, 8, batch_first=True, bidirectional=True)
            self.head = nn.Linear(16, 3)
        def encode(self, x):
            return self.rnn(x)
        @staticmethod
        def pool(out):
            return out[:, -1]
        def forward(self, x):
            {body}
"""


@pytest.mark.parametrize(
    "body",
    [
        "out, _ = self.encode(x); return self.head(last(out))",
        "out, _ = self.encode(x); return self.head(self.pool(out))",
        "out = self.encode(x)[0]; return self.head(Model.pool(out))",
        "pick = lambda o: o[:, -1]; return self.head(pick(self.encode(x)[0]))",
        "steps = [o[:, -1] for o in [self.encode(x)[0]]]; return self.head(steps[0])",
        "out, *_ = self.encode(x); return self.head(last(out=out))",
        "args = (x,); out, _ = self.encode(*args); return self.head(out[:, -1, :])",
        "given = {'x': x}; out, _ = self.encode(**given); return self.head(out[:, -1, ...])",
    ],
)
def test_helpers_methods_lambdas_comprehensions_and_stars(body: str) -> None:
    assert codes(HELPERS.format(body=body)) == ["SG301"]


def test_state_kept_on_self_across_methods() -> None:
    text = """
        class Model(nn.Module):
            def __init__(self, size):
                super().__init__()
                self.size = size
                self.rnn = nn.LSTM(4, size, num_layers=2, batch_first=True)
                self.hidden = self.start({batch})
            def start(self, batch):
                return torch.zeros({sizes}), torch.zeros({sizes})
            def forward(self, x):
                out, self.hidden = self.rnn(x, self.hidden)
                return out
        Model(8)(torch.randn(5, 7, 4))
    """
    assert codes(text.format(batch=5, sizes="2, batch, self.size")) == []
    assert "SG501" in codes(text.format(batch=5, sizes="batch, 2, self.size"))


@pytest.mark.parametrize(
    "unpacking",
    [
        "out, (h, c) = rnn(x)",
        "(out, (h, c)) = rnn(x)",
        "[out, [h, c]] = rnn(x)",
        "out, state = rnn(x); h, c = state",
        "result_ = rnn(x); out, (h, c) = result_",
        "pair = rnn(x); out = pair[0]; h, c = pair[1]",
        "pair = rnn(x); out = pair[0]; h = pair[1][0]; c = pair[-1][-1]",
        "out, *rest = rnn(x); h, c = rest[0]",
        "out, _ = (pair := rnn(x)); h = pair[1][0]; c = pair[1][1]",
        "box = {}; box['a'] = rnn(x); out, (h, c) = box['a']",
        "items = [rnn(x)]; (out, (h, c)), = items",
        "out, (h, c) = list(rnn(x))",
        "out, h, c = (lambda o, s: (o, s[0], s[1]))(*rnn(x))",
        "def f(o, s):\n    return o, *s\nout, h, c = f(*rnn(x))",
        "out, (h, c) = rnn(x)\nout, h, c = out, h, c",
        "for out, (h, c) in [rnn(x)]:\n    pass",
    ],
)
def test_tuples_packed_and_unpacked(unpacking: str) -> None:
    made = f"{X}rnn = nn.LSTM(13, 23, 3, batch_first=True, proj_size=11)\n{unpacking}\n"
    assert shape(made + "result = out\n") == "batch:5 time:7 feature:11"
    assert shape(made + "result = h\n") == "layer*direction:3 batch:5 feature:11"
    assert shape(made + "result = c\n") == "layer*direction:3 batch:5 feature:23"


@pytest.mark.parametrize("first", [False, True])
def test_packing_and_unpacking(first: bool) -> None:
    text = f"""
        from torch.nn.utils import rnn as utils
        rnn = nn.GRU(13, 23, batch_first=False)
        x = torch.randn(5, 7, 13)
        packed = utils.pack_padded_sequence(x, [7, 6, 5, 4, 3], batch_first=True)
        out, h = rnn(packed)
        result, lengths = utils.pad_packed_sequence(out, batch_first={first})
    """
    sides = ["batch:5", "time:7"]
    assert shape(text) == " ".join([*(sides if first else sides[::-1]), "feature:23"])
    assert shape(dedent(text) + "result = h\n") == "layer*direction:1 batch:5 feature:23"


def test_names_bound_anew_mean_the_new_value() -> None:
    text = f"""
        x = torch.randn(5, 7, 13)
        rnn = nn.LSTM({ARGS})
        out, _ = rnn(x)
        rnn = nn.GRU(13, 11)
        x = x.transpose(0, 1)
        out, _ = rnn(x)
        result = out
    """
    assert shape(text) == "time:7 batch:5 feature:11"


def test_module_level_and_cells_in_order() -> None:
    make = "rnn = nn.LSTM(4, 8, batch_first=True, bidirectional=True)\nhead = nn.Linear(16, 3)\n"
    call = "out, _ = rnn(torch.randn(5, 7, 4))\n"
    use = "y = head(out[:, -1])\n"
    again = "rnn = nn.LSTM(4, 16, batch_first=True)\n"
    assert codes(make + call + use) == ["SG301"]
    assert codes(make, call, use) == ["SG301"]
    assert codes(make, again, call, use) == []
    assert codes(make, call, again, use) == ["SG301"]


UNKNOWABLE = """
    import json
    class Model(nn.Module):
        def __init__(self, {params}):
            super().__init__()
            {setup}
            self.rnn = nn.LSTM(4, 8, {args})
            self.head = nn.Linear({features}, 3)
        def forward(self, x):
            out, _ = self.rnn(x)
            return self.head(out[:, -1])
"""


@pytest.mark.parametrize(
    ("params", "setup", "args"),
    [
        ("both", "pass", "batch_first=True, bidirectional=both"),
        ("**options", "pass", "**options"),
        ("path", "c = json.load(open(path))", "batch_first=True, bidirectional=c['both']"),
        ("cfg", "pass", "batch_first=True, bidirectional=cfg.both"),
        ("*args", "pass", "*args"),
        ("kind", "flag = kind.startswith('bi')", "batch_first=True, bidirectional=flag"),
    ],
)
def test_what_cannot_be_known_is_not_reported(params: str, setup: str, args: str) -> None:
    shown = codes(UNKNOWABLE.format(params=params, setup=setup, args=args, features="n(8)"))
    assert shown == []
    known = "batch_first=True, bidirectional=True"
    text = UNKNOWABLE.format(params=params, setup=setup, args=known, features="16")
    assert codes(text) == ["SG301"]


def test_unknown_layers_are_no_layers() -> None:
    text = f"""
        import elsewhere
        made = elsewhere.build(nn.LSTM({ARGS}))
        result = made
    """
    assert not isinstance(follow(text)["result"], (Rnn, Tensor))


def test_narrow_that_counts_from_the_end() -> None:
    text = f"{X}rnn = nn.GRU(13, 23, batch_first=True)\nout, h = rnn(x)\n"
    assert shape(text + "result = out.narrow(1, -2, 2)\n") == "batch:5 time:2 feature:23"
    assert shape(text + "result = out.narrow(1, -1, 1)\n") == "batch:5 time:1 feature:23"


def test_values_and_indices_of_a_maximum() -> None:
    text = f"{X}rnn = nn.GRU(13, 23, batch_first=True)\nout, h = rnn(x)\n"
    assert shape(text + "result = out.max(dim=1).values\n") == "batch:5 feature:23"
    assert shape(text + "result = torch.max(out, 1).indices\n") == "batch:5 feature:23"


@pytest.mark.parametrize(
    ("loop", "wanted"),
    [
        ("for result in [out, h]:\n    break\n", OUT),
        ("for result in [h, out]:\n    continue\n", OUT),
        ("for i in range(3):\n    result = out\n    break\nelse:\n    result = h\n", OUT),
        ("for i in range(3):\n    result = h\nelse:\n    result = out\n", OUT),
    ],
)
def test_loops_that_end_early(loop: str, wanted: str) -> None:
    assert shape(f"{X}out, (h, c) = nn.LSTM({ARGS})(x)\n{loop}") == wanted


def test_a_loop_that_may_end_early_leaves_either() -> None:
    text = f"""
        out, (h, c) = nn.LSTM({ARGS})(torch.randn(5, 7, 13))
        result = out
        for i in range(100):
            if torch.rand(()) > 0.5:
                break
        else:
            result = h
    """
    value = follow(text)["result"]
    assert isinstance(value, Tensor)
    assert value.axes is None or value.axes[0].size is UNKNOWN


def test_an_attribute_of_a_layer_set_later_is_unknown() -> None:
    text = f"{X}rnn = nn.GRU(13, 23)\nrnn.batch_first = True\nout, _ = rnn(x)\nresult = out\n"
    assert shape(text) == "?:Unknown.UNKNOWN ?:Unknown.UNKNOWN feature:23"


@pytest.mark.parametrize(
    "text",
    [
        "a = [out]\nb = a\nb.append(h)\nresult = a[-1]\n",
        "a = {'x': out}\nb = a\nb['x'] = h\nresult = a['x']\n",
    ],
)
def test_two_names_for_one_list_or_dict(text: str) -> None:
    value = follow(f"{X}out, (h, c) = nn.LSTM({ARGS})(x)\n{text}")["result"]
    assert not isinstance(value, Tensor) or value.axis(0).size in (2, UNKNOWN)


def test_a_mask_leaves_an_unknown_number_of_axes() -> None:
    made = f"{X}out, _ = nn.LSTM({ARGS})(x)\nmask = torch.ones(5, 7).bool()\nresult = out[mask]\n"
    value = follow(made)["result"]
    assert not isinstance(value, Tensor) or value.axes is None or len(value.axes) == 2


ASKED = """
from torch.nn.utils.rnn import PackedSequence
class Drop(nn.Module):
    def forward(self, x):
        {body}
class Net(nn.LSTM):
    def forward(self, x):
        return super().forward(Drop()(x))
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if isinstance(x, PackedSequence): a, b = x", ["SG405"]),
        ("asked = isinstance(x, PackedSequence)\n        if asked: a, b = x", ["SG405"]),
        ("if isinstance(x, PackedSequence): a, b = x[:2]", []),
        ("if isinstance(x, PackedSequence): a, *b = x", []),
        ("if isinstance(x, PackedSequence): x = x.data\n        a, b = x", []),
        ("if isinstance(x, PackedSequence): len(x)\n        a, b = x", []),
        ("if not isinstance(x, PackedSequence): a, b = x", []),
    ],
)
def test_packed_where_the_program_asks(body: str, found: list[str]) -> None:
    assert codes(ASKED.format(body=body)) == found
