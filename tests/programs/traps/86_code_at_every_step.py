import torch
from torch import nn


class FromCode(nn.Module):
    def __init__(self, dim=4, steps=5):
        super().__init__()
        self.steps = steps
        self.rnn = nn.LSTM(dim, 6, batch_first=True)

    def forward(self, z):
        x = z.unsqueeze(1).expand(-1, self.steps, -1)
        return self.rnn(x)[0]


print(FromCode()(torch.randn(3, 4)).shape)
