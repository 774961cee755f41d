import torch
import torch.nn as nn


class Deep(nn.Module):
    def __init__(self, dims=(5, 8, 6), n_out=2):
        super().__init__()
        self.rnns = nn.ModuleList()
        size = dims[0]
        for d in dims[1:]:
            self.rnns.append(nn.GRU(size, d, batch_first=True, bidirectional=True))
            size = 2 * d
        self.fc = nn.Linear(size, n_out)

    def forward(self, x):
        for i, rnn in enumerate(self.rnns):
            x, _ = rnn(x)
        return self.fc(x[:, -1, :])  # !SG301

# run: Deep()(torch.randn(3, 6, 5))
