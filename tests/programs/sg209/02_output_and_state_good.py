import torch
from torch import nn


class Sampler(nn.Module):
    def __init__(self, in_dim, hid_dim):
        super().__init__()
        self.hid_dim = hid_dim
        self.cell = nn.RNNCell(in_dim, hid_dim)
        self.fc = nn.Linear(hid_dim, in_dim)

    def forward(self, seq):
        hidden = seq.new_zeros(seq.size(1), self.hid_dim)
        preds = []
        for step in seq:
            output = hidden = self.cell(step, hidden)
            preds.append(self.fc(output))
        return torch.stack(preds)


print(Sampler(3, 6)(torch.randn(5, 2, 3)).shape)
