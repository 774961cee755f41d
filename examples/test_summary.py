"""What `pytest --shapeguard` sees: the test passes, though its batch is read as one sequence."""

import torch
from torch import nn


def test_summary_has_one_vector_for_each_sample():
    rnn = nn.GRU(8, 16, batch_first=True)
    samples = torch.randn(4, 8)
    summary, _ = rnn(samples)
    assert summary.shape == (4, 16)
