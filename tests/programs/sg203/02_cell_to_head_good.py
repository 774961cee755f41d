import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, num_layers=2)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(n_hidden, n_out))

    def forward(self, x):
        _, (h, c) = self.lstm(x)
        return self.head(h[-1])


model = Encoder(5, 7, 3)
print(model(torch.randn(9, 4, 5)).shape)
