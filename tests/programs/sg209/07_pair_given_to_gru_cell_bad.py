import torch
import torch.nn as nn


class Tracker(nn.Module):
    def __init__(self, kind, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.cell = nn.GRUCell(n_in, n_hidden)

    def forward(self, frames):
        h0 = frames.new_zeros(frames.size(0), self.n_hidden)
        c0 = frames.new_zeros(frames.size(0), self.n_hidden)
        h = self.cell(frames, (h0, c0))  # !SG209
        return h, c0


# run: Tracker("gru", 3, 5)(torch.randn(2, 3))
