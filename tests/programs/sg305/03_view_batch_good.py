import torch
import torch.nn as nn


class StateNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out, n_layers=1):
        super().__init__()
        self.gru = nn.GRU(n_in, n_hidden, n_layers, batch_first=True)
        self.fc = nn.Linear(n_hidden * n_layers, n_out)

    def forward(self, x):
        _, h = self.gru(x)
        flat = h.reshape(x.size(0), -1)
        return self.fc(flat)

# run: StateNet(5, 7, 2)(torch.randn(3, 4, 5))
