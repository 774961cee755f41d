import torch
import torch.nn as nn


class Twins(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(5, 7, batch_first=True, bidirectional=True)

    def forward(self, left, right):
        out, _ = self.rnn(torch.cat([left, right]))
        first, second = out.chunk(2, dim=0)
        early, late = first.chunk(2, dim=1)
        return (first - second).abs().mean(), early.mean() - late.mean()


print(Twins()(torch.randn(4, 6, 5), torch.randn(4, 6, 5)))
