import torch
import torch.nn as nn


class RecurrentAutoencoder(nn.Module):
    def __init__(self, seq_len, n_features, embedding_dim=6):
        super().__init__()
        self.seq_len = seq_len
        self.enc1 = nn.LSTM(n_features, 2 * embedding_dim, batch_first=True)
        self.enc2 = nn.LSTM(2 * embedding_dim, embedding_dim, batch_first=True)
        self.dec1 = nn.LSTM(embedding_dim, embedding_dim, batch_first=True)
        self.dec2 = nn.LSTM(embedding_dim, 2 * embedding_dim, batch_first=True)
        self.output_layer = nn.Linear(2 * embedding_dim, n_features)

    def encode(self, x):
        x, _ = self.enc1(x)
        _, (h_n, c_n) = self.enc2(x)
        return h_n.squeeze(0)

    def decode(self, z):
        z = z.unsqueeze(1).repeat(1, self.seq_len, 1)
        z, _ = self.dec1(z)
        z, (_, _) = self.dec2(z)
        return self.output_layer(z)

    def forward(self, x):
        return self.decode(self.encode(x))


model = RecurrentAutoencoder(8, 3)
x = torch.randn(4, 8, 3)
loss = nn.functional.l1_loss(model(x), x)
loss.backward()
scores = (model(x) - x).abs().mean(dim=(1, 2))
print((scores > scores.median()).tolist())
