from typing import List, NamedTuple, Tuple

import torch
from torch import Tensor, nn


class Encoded(NamedTuple):
    states: Tensor
    hidden: Tuple[Tensor, Tensor]


class SentenceEncoder(nn.Module):
    def __init__(self, dim: int = 5, hidden: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, layers, bidirectional=True, batch_first=True)
        self.hidden, self.layers = hidden, layers

    def forward(self, x: Tensor) -> Encoded:
        return Encoded(*self.lstm(x))

    def final(self, x: Tensor) -> Tensor:
        encoded = self(x)
        h, _ = encoded.hidden
        h = h.reshape(self.layers, 2, h.size(1), h.size(2))
        forward, backward = h[-1]
        states = encoded.states.reshape(x.size(0), x.size(1), 2, self.hidden)
        assert torch.allclose(states[:, -1, 0], forward)
        assert torch.allclose(states[:, 0, 1], backward)
        return torch.cat((forward, backward), dim=1)


def spans(encoder: SentenceEncoder, x: Tensor, bounds: List[Tuple[int, int]]) -> Tensor:
    states = encoder(x).states
    rows = [torch.cat([states[:, a], states[:, b - 1]], dim=-1) for a, b in bounds]
    return torch.stack(rows, dim=1)

# run: SentenceEncoder().final(torch.randn(3, 6, 5))
# run: spans(SentenceEncoder(), torch.randn(3, 6, 5), [(0, 2), (2, 6)])
