import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, dim=5, hidden=7, **rnn_options):
        super().__init__()
        self.rnn = nn.GRU(dim, hidden, **{"bidirectional": True, "batch_first": True})
        self.fc = nn.Linear(2 * hidden, 2)

    def forward(self, x):
        out, *rest = self.rnn(x)
        if (steps := out.size(1)) == 0:
            return None
        last = out[:, steps - 1]  # !SG301
        return self.fc(last)

# run: Net()(torch.randn(3, 6, 5))
