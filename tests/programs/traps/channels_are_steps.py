"""Steps as channels on purpose: the layer is made for as many channels as there are steps."""

import torch
import torch.nn as nn


class Mixer(nn.Module):
    def __init__(self, n_steps, n_in, hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, hidden, batch_first=True)
        self.mix = nn.Conv1d(n_steps, n_steps, 1)
        self.norm = nn.BatchNorm1d(n_steps)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.norm(self.mix(out))

# run: Mixer(6, 5, 7)(torch.randn(3, 6, 5))
