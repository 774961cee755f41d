import torch
import torch.nn as nn


class Embedder(nn.Module):
    n_layers: int = 1
    n_directions: int = 1

    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, self.n_layers, bidirectional=self.n_directions == 2)

    @torch.no_grad()
    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """One vector for each sample."""
        self.eval()
        h, c = self.lstm(x)[1]
        return nn.functional.normalize(h[-1], dim=-1)


vectors = Embedder(5, 7).embed(torch.randn(6, 3, 5))
print(vectors @ vectors.T)
