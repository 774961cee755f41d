import torch.nn as nn


class AttnEncoder(nn.Module):
    def __init__(self, emb, hidden, n_layers=2, dropout=0.5):
        super().__init__()
        self.gru = nn.GRU(emb, hidden, n_layers, dropout=dropout)

    def forward(self, x):
        return self.gru(x)

# run: AttnEncoder(5, 7)(torch.randn(3, 2, 5))
