import torch
import torch.nn as nn

POOLING = {
    "last": lambda out: out[:, -1],  # !SG301
    "mean": lambda out: out.mean(dim=1),
}


class Pooled(nn.Module):
    def __init__(self, n_in, n_hidden, pooling="last"):
        super().__init__()
        self.pool = POOLING[pooling]
        self.rnn = nn.LSTM(n_in, n_hidden, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(2 * n_hidden)
        self.fc = nn.Linear(2 * n_hidden, 1)

    def forward(self, x):
        out, _ = self.rnn(x)
        assert out.ndim == 3, f"expected 3 axes, got {out.shape}"
        return self.fc(self.pool(self.norm(out)))

# run: Pooled(5, 7)(torch.randn(3, 6, 5))
