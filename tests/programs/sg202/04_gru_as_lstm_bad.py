import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, input_dim, hidden_dim):
        super().__init__()
        self.rnn = nn.GRU(input_dim, hidden_dim, num_layers=2, batch_first=True)
        self.mix = nn.Linear(hidden_dim, hidden_dim)

    def forward(self, x):
        out, (h, c) = self.rnn(x)  # !SG202
        return torch.tanh(self.mix(out)), h, c


enc = Encoder(5, 7)
y, h, c = enc(torch.randn(3, 8, 5))
print(y.shape, h.shape)
