import torch
import torch.nn as nn


class Stack(nn.Module):
    def __init__(self, sizes, p):
        super().__init__()
        self.rnns = nn.ModuleList(
            nn.LSTM(a, b, batch_first=True) for a, b in zip(sizes, sizes[1:])
        )
        self.drop = nn.Dropout(p)

    def forward(self, x):
        for rnn in self.rnns:
            x = self.drop(rnn(x)[0])
        return x


print(Stack([5, 8, 6], 0.3)(torch.randn(2, 4, 5)).shape)
