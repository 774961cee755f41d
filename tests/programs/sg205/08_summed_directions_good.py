import torch
from torch import nn


class Summed(nn.Module):
    def __init__(self, n_in: int, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.rnn = nn.GRU(n_in, hidden, num_layers=2, bidirectional=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps, batch, _ = x.shape
        out, _ = self.rnn(x)
        return self.fc(out.view(steps, batch, 2, self.hidden).sum(dim=2))

# run: Summed(5, 7)(torch.randn(6, 4, 5))
