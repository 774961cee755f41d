"""A bad and a fixed program for each of the first rules, written apart from the rule files."""

from __future__ import annotations

from textwrap import dedent, indent

from shapeguard.reference.proof import Proof
from shapeguard.reference.verdict import ProofCase


def model(build: str, forward: str) -> str:
    """A program with one model: what its constructor builds, and the body of its forward."""
    head = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"
    body = f"""\
class Model(nn.Module):
    def __init__(self):
        super().__init__()
{indent(dedent(build).strip(), " " * 8)}

    def forward(self, x):
{indent(dedent(forward).strip(), " " * 8)}
"""
    return head + body


TIME = {"x": "time batch 5"}
BATCH = {"x": "batch time 5"}
CALL = "Model()(x)"
LSTM = "self.lstm = nn.LSTM(5, 16)\nself.fc = nn.Linear(16, 3)"
GRU_2 = "self.gru = nn.GRU(5, 16, 2, batch_first=True)\nself.fc = nn.Linear(16, 3)"
BI = """
self.lstm = nn.LSTM(5, 16, 2, batch_first=True, bidirectional=True)
self.fc = nn.Linear(32, 3)
"""

CASES = [
    ProofCase(
        "SG101",
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[:, -1])"),
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="last_step"),
    ),
    ProofCase(
        "SG102",
        model(GRU_2, "out, _ = self.gru(x)\nreturn self.fc(out[-1])"),
        model(GRU_2, "out, _ = self.gru(x)\nreturn self.fc(out[:, -1])"),
        Proof(inputs=BATCH, run=CALL, expect="apply('fc', last_step)"),
    ),
    ProofCase(
        "SG201",
        model(
            "self.rnn = nn.RNN(5, 16, batch_first=True)\nself.loss = nn.CrossEntropyLoss()",
            "out, _ = self.rnn(x)\nreturn self.loss(out[:, -1], torch.zeros(7, dtype=torch.long))",
        ),
        model(
            """
            self.rnn = nn.RNN(5, 16, batch_first=True)
            self.fc = nn.Linear(16, 16)
            self.loss = nn.CrossEntropyLoss()
            """,
            """
            out, _ = self.rnn(x)
            return self.loss(self.fc(out[:, -1]), torch.zeros(7, dtype=torch.long))
            """,
        ),
        Proof(inputs=BATCH, run=CALL, watch="cross_entropy", expect="apply('fc', last_step)"),
    ),
    ProofCase(
        "SG202",
        model(LSTM, "out = self.lstm(x)\nreturn self.fc(out[-1][0])"),
        model(LSTM, "out, _ = self.lstm(x)\nreturn self.fc(out[-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="last_step"),
    ),
    ProofCase(
        "SG202 loud",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\nout, h, c = lstm(x)\n",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\nout, (h, c) = lstm(x)\n",
        Proof(
            inputs=TIME,
            run="(out, h, c)",
            raises="not enough values to unpack",
            expect="(output, h_n, c_n)",
        ),
    ),
    ProofCase(
        "SG203",
        model(LSTM, "out, hidden = self.lstm(x)\nreturn self.fc(hidden[-1][-1])"),
        model(LSTM, "out, hidden = self.lstm(x)\nreturn self.fc(hidden[0][-1])"),
        Proof(inputs=TIME, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG205",
        model(BI.replace("32, 3", "16, 3"), "out, _ = self.lstm(x)\nreturn self.fc(out)"),
        model(BI, "out, _ = self.lstm(x)\nreturn self.fc(out)"),
        Proof(inputs=BATCH, run=CALL, raises="cannot be multiplied", expect="apply('fc', output)"),
    ),
    ProofCase(
        "SG205 silent",
        model(
            BI.replace("32, 3", "16, 3"),
            "out, _ = self.lstm(x)\nreturn self.fc(out.reshape(-1, 16))",
        ),
        model(BI, "out, _ = self.lstm(x)\nreturn self.fc(out.reshape(-1, 32))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="output.reshape(-1, output.shape[-1])"),
    ),
    ProofCase(
        "SG301",
        model(BI, "out, (h, c) = self.lstm(x)\nreturn self.fc(out[:, -1])"),
        model(BI, "out, (h, c) = self.lstm(x)\nreturn self.fc(torch.cat((h[-2], h[-1]), dim=-1))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG302",
        model(BI.replace("32, 3", "16, 3"), "_, (h, c) = self.lstm(x)\nreturn self.fc(h[-1])"),
        model(BI, "_, (h, c) = self.lstm(x)\nreturn self.fc(torch.cat((h[-2], h[-1]), -1))"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG303",
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[0])"),
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[-1])"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="h_n[-1]"),
    ),
    ProofCase(
        "SG305",
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[:, -1])"),
        model(GRU_2, "_, h = self.gru(x)\nreturn self.fc(h[-1])"),
        Proof(inputs=BATCH, run=CALL, watch="fc", expect="final_state"),
    ),
    ProofCase(
        "SG501",
        model(GRU_2, "h0 = torch.zeros(x.size(0), 2, 16)\nreturn self.gru(x, h0)[0]"),
        model(GRU_2, "h0 = torch.zeros(2, x.size(0), 16)\nreturn self.gru(x, h0)[0]"),
        Proof(inputs=BATCH, run=CALL, raises="Expected hidden size (2, 7, 16)", expect="output"),
    ),
    ProofCase(
        "SG601",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16, dropout=0.5)\n",
        "from torch import nn\n\nlstm = nn.LSTM(5, 16)\n",
        Proof(inputs=TIME, run="lstm(x)[0]", no_warning="dropout option", expect="output"),
    ),
    ProofCase(
        "SG602",
        model("self.lstm = nn.LSTM(5, 16, 1, True)", "return self.lstm(x)[0][:, -1]"),
        model("self.lstm = nn.LSTM(5, 16, 1, batch_first=True)", "return self.lstm(x)[0][:, -1]"),
        Proof(inputs=BATCH, run=CALL, holds="layer.batch_first", expect="last_step"),
    ),
    ProofCase(
        "SG602 built only",
        "from torch import nn\n\ncell = nn.GRUCell(5, 16, False)\n",
        "from torch import nn\n\ncell = nn.GRUCell(5, 16)\n",
        Proof(holds="layer.kind == 'GRUCell' and layer.bias is True"),
    ),
]
