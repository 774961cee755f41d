import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, bidirectional=True)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return h[0] + h[1]


enc = Encoder(5, 7)
print(enc(torch.randn(6, 4, 5)).shape)
