"""The sieve: every way to come by a layer gets through, mentions in passing do not."""

from __future__ import annotations

import pytest

from shapeguard.lint.sieve import may_use_layers, uses_layers
from shapeguard.lint.source import Program, Unit

WAYS = [
    "import torch\ntorch.nn.LSTM(3, 5)",
    "from torch import nn\nnn.GRUCell(3, 5)",
    "import torch.nn as n\nn.RNN(3, 5)",
    "from torch import nn\nx = nn. \\\n  LSTM(3, 5)",
    "from torch.nn import LSTM",
    "from torch.nn import Linear, LSTM as L, Dropout",
    "import os; from torch.nn import GRU",
    "from torch.nn import Linear, \\\n    LSTM",
    "from torch.nn import \\\r\n    LSTM",
    "from torch.nn import (Linear, LSTM)",
    "from torch.nn import (LSTM)",
    "from torch.nn import (\n    Linear,  # :)\n    LSTM,\n)",
    "from torch.nn import (\n    Linear,  # :)\n    LSTM as L,  # :(\n)",
    "from torch.nn import (\n    Linear,  # :)\n    GRU, LSTM\n)",
    "from torch.nn import (\r    Linear,  # :)\r    LSTM\r)",
    "from torch.nn import *\nLSTM(3, 5)",
    "from torch.nn import (*)\nLSTM(3, 5)",
    "from torch import nn\ngetattr(nn, 'LSTM')",
    "from torch import nn\nnn.__dict__['LSTM']",
    "from torch import nn\nvars(nn) ['LSTM']",
    "from torch import nn\neval('nn.' + 'LSTM')",
]

PASSING = [
    "import os",
    "import torch",
    "import torch  # no LSTM here",
    '"""An LSTM in torch."""',
    "import torch\nLSTM_SIZE = torch.tensor(3)",
    "import torch\nx = torch.MyLSTM.LSTMs(3).eval()",
    "import torch\nx = 'LSTM'  # an LSTM of torch",
    "import torch\nclass GRU(torch.nn.Module): pass",
]


def through(text: str) -> bool:
    program = Program("a.py", (Unit(text),))
    return may_use_layers(text.encode(), notebook=False) and uses_layers(program)


@pytest.mark.parametrize("text", WAYS)
def test_ways_to_come_by_a_layer(text: str) -> None:
    assert through(text)


@pytest.mark.parametrize("text", PASSING)
def test_mentions_in_passing(text: str) -> None:
    assert not through(text)


def test_cells_are_one_program() -> None:
    units = (Unit("from torch.nn import *", 1), Unit("x = LSTM(3, 5)", 2))
    assert uses_layers(Program("a.ipynb", units))


@pytest.mark.parametrize(
    "text", ["import " * 500_000, "import torch, LSTM(, " * 100_000, "(," * 900_000]
)
def test_long_lines_take_linear_time(text: str) -> None:
    through(f"torch LSTMs {text}")
