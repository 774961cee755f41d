import torch
from torch import nn


class Discriminator(nn.Module):
    def __init__(self, n_features, hidden=9):
        super().__init__()
        self.rnn = nn.LSTM(n_features, hidden, batch_first=True)
        self.judge = nn.Sequential(nn.Linear(hidden, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))

    def forward(self, x):
        assert x.dim() == 3, f"need (batch, time, feature), got {tuple(x.shape)}"
        with torch.autocast(device_type="cpu", enabled=False):
            out, (hn, cn) = self.rnn(x)
        try:
            logit = self.judge(hn[:, -1, :])  # !SG305
        except RuntimeError:
            raise
        return logit

# run: Discriminator(3)(torch.randn(5, 6, 3))
