import torch
from torch import nn


class Attn(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.score = nn.Linear(dim, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch_size, seq_len, dim = x.shape
        hs, _ = self.gru(x)
        weights = torch.softmax(self.score(hs), dim=1)
        return (weights * hs).sum(1)

# run: Attn(4)(torch.randn(3, 5, 4))
