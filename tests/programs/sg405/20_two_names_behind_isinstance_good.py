import torch
import torch.nn as nn
from torch.nn.utils.rnn import PackedSequence


class SharedDropout(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        if isinstance(x, PackedSequence):
            data, batch_sizes = x.data, x.batch_sizes
            mask = torch.empty_like(data[: batch_sizes[0]]).bernoulli_(1 - self.p)
            return PackedSequence(data * mask.repeat(len(batch_sizes), 1)[: len(data)], batch_sizes)
        return x * torch.empty_like(x[:1]).bernoulli_(1 - self.p)


class DroppedLSTM(nn.LSTM):
    def __init__(self, *args, drop=0.2, **kwargs):
        super().__init__(*args, **kwargs)
        self.drop = SharedDropout(drop)

    def forward(self, x, state=None):
        return super().forward(self.drop(x), state)
