import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers=1, bidirectional=False):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, bidirectional=bidirectional)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return out


enc = Encoder(5, 7)
print(enc(torch.randn(3, 4, 5)).shape)
