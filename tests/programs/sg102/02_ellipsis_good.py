from torch import nn


class Encoder(nn.Module):
    def __init__(self, dim=5, hidden=7):
        super().__init__()
        self.gru = nn.GRU(dim, hidden)

    def forward(self, x):
        out, _ = self.gru(x)
        return out[-1, ...]

# run: Encoder()(torch.randn(6, 4, 5))
