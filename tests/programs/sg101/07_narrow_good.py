import torch
import torch.nn as nn
from typing import Optional, Tuple


class Window(nn.Module):
    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.rnn: nn.LSTM = nn.LSTM(features, hidden)

    def forward(self, x: torch.Tensor, state: Optional[Tuple[torch.Tensor, torch.Tensor]] = None):
        out: torch.Tensor
        out, state = self.rnn(x, state)
        tail = out.narrow(0, out.size(0) - 1, 1)
        return tail, state


w = Window(5, 7)
tail, state = w(torch.randn(8, 3, 5))
tail, state = w(torch.randn(8, 3, 5), state)
print(tail.shape)
