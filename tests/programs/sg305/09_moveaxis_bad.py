import torch
import torch.nn as nn


def encode(rnn: nn.GRU, x: torch.Tensor) -> torch.Tensor:
    _, h = rnn(x)
    return h[:, -1]  # !SG305


rnn = nn.GRU(5, 7, num_layers=2, batch_first=True, bidirectional=False)
print(encode(rnn, torch.randn(4, 6, 5)).shape)
