"""Right programs of many forms satisfy proofs about them: what the vocabulary of proofs covers."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import pytest

from shapeguard.reference.proof import Proof
from shapeguard.reference.runner import Runner

TIME = {"x": "time batch 5"}


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner(workers=2, time_limit=5.0) as pool:
        yield pool


GOOD = {
    "packed, last step and final state": (
        """
        from torch import nn
        from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

        lstm = nn.LSTM(5, 16, 2, batch_first=True, bidirectional=True)
        packed = pack_padded_sequence(x, lengths.flip(0), batch_first=True, enforce_sorted=False)
        out, (h, c) = lstm(packed)
        out, n = pad_packed_sequence(out, batch_first=True)
        last = out[range(7), n - 1]
        """,
        Proof(
            inputs={"x": "batch time 5", "lengths": "batch:lengths"},
            run="(out, last, h, c)",
            expect="(output, last_step, h_n, c_n)",
        ),
    ),
    "embedding, a named encoder, the mask, a reference from the canonical input": (
        """
        from torch import nn

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.embed = nn.Embedding(13, 5)
                self.drop = nn.Dropout(0.5)
                self.encoder = nn.GRU(5, 16, dropout=0.3, num_layers=2)
                self.head = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 8), nn.ReLU())

            def forward(self, ids):
                assert mask.shape == ids.shape
                out, _ = self.encoder(self.drop(self.embed(ids)).transpose(0, 1))
                return self.head(out[-1])
        """,
        Proof(
            inputs={"ids": "batch time:ids(13)", "mask": "batch time:mask"},
            run="Model()(ids)",
            layer="encoder",
            expect="apply('head', rnn(apply('embed', ids)).last_step)",
        ),
    ),
    "a Cell stepped over time, its state carried": (
        """
        import torch
        from torch import nn

        cell = nn.LSTMCell(5, 16)
        h = c = torch.zeros(7, 16)
        for x_t in x:
            h, c = cell(x_t, (h, c))
        """,
        Proof(inputs=TIME, run="(h, c)", expect="(h_n, c_n)"),
    ),
    "unbatched, relu, hx by keyword, called by forward": (
        """
        import torch
        from torch import nn

        rnn = nn.RNN(5, 16, nonlinearity="relu")
        out, h = rnn.forward(x, hx=torch.ones(1, 16))
        """,
        Proof(inputs={"x": "time 5"}, run="(out, h, out[-1])", expect="(output, h_n, last_step)"),
    ),
    "weights that change after the call": (
        """
        import torch
        from torch import nn

        gru = nn.GRU(5, 16)
        optimizer = torch.optim.SGD(gru.parameters(), lr=1.0)
        out, h = gru(x)
        out.sum().backward()
        optimizer.step()
        """,
        Proof(inputs=TIME, run="out", expect="output"),
    ),
    "no proof: it runs": ("assert __name__ == '__main__'", None),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_program_satisfies_its_proof(name: str, runner: Runner) -> None:
    code, proof = GOOD[name]
    outcome = runner.run(dedent(code), proof)
    assert outcome.satisfied, str(outcome)
