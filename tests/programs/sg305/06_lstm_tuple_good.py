import torch
import torch.nn as nn


class Autoencoder(nn.Module):
    def __init__(self, n_features, latent):
        super().__init__()
        self.encoder = nn.LSTM(n_features, latent, batch_first=True)
        self.decoder = nn.LSTM(latent, n_features, batch_first=True)

    def forward(self, x):
        _, (z, _) = self.encoder(x)
        z = z[-1:].transpose(0, 1)
        z = z.repeat(1, x.size(1), 1)
        return self.decoder(z)[0]

# run: Autoencoder(5, 7)(torch.randn(3, 6, 5))
