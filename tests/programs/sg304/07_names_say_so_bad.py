import torch
import torch.nn as nn


class Split(nn.Module):
    def __init__(self):
        super().__init__()
        self.num_layers, self.num_directions, self.hidden = 4, 2, 7
        self.gru = nn.GRU(5, self.hidden, self.num_layers, bidirectional=True, batch_first=True)
        self.fc = nn.Linear(2 * self.hidden, 3)

    def forward(self, x):
        _, h = self.gru(x)
        h = h.view(self.num_directions, self.num_layers, x.size(0), self.hidden)  # !SG304
        last = h[:, -1]
        return self.fc(torch.cat([last[0], last[1]], dim=1))

# run: Split()(torch.randn(4, 6, 5))
