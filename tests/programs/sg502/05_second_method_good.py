import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, dim, hidden, device):
        super().__init__()
        self.hidden, self.device = hidden, device
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)

    def forward(self, x):
        h = torch.zeros(1, x.shape[0], self.hidden).to(self.device)
        return self.lstm(x, (h, h))[0]

    def encode(self, x):
        h = torch.zeros(1, x.shape[0], self.hidden, device=self.device)
        _, (h, _) = self.lstm(x, (h, h))
        return h[-1]

# run: Encoder(3, 5, "cpu").encode(torch.randn(2, 4, 3))
