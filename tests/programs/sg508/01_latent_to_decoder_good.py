import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, latent_dim, hidden_dim, n_layers=2):
        super().__init__()
        self.n_layers, self.hidden_dim = n_layers, hidden_dim
        self.to_hidden = nn.Linear(latent_dim, n_layers * hidden_dim)
        self.gru = nn.GRU(4, hidden_dim, n_layers, batch_first=True)
        self.out = nn.Linear(hidden_dim, 4)

    def forward(self, x, z):
        hidden = self.to_hidden(z).view(-1, self.n_layers, self.hidden_dim)
        hidden = hidden.permute(1, 0, 2).contiguous()
        out, _ = self.gru(x, hidden)
        return self.out(out)


print(Decoder(6, 5)(torch.randn(3, 7, 4), torch.randn(3, 6)).shape)
