import torch
import torch.nn as nn


class Pool(nn.Module):
    def __init__(self, size=7):
        super().__init__()
        self.gru = nn.GRU(5, size, num_layers=2, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(size, 2)

    def forward(self, x):
        states = self.gru(x)[0]
        steps = states.shape[1]
        ways = states.view(x.size(0), steps, -1, 2)  # !SG306
        return self.fc(ways.mean(3))

# run: Pool()(torch.randn(4, 6, 5))
