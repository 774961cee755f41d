import torch
import torch.nn as nn


class CharCNN(nn.Module):
    def __init__(self, n_chars=30, dim=6):
        super().__init__()
        self.embed = nn.Embedding(n_chars, dim)
        self.conv = nn.Conv1d(dim, dim, 3, padding=1)
        self.rnn = nn.GRU(dim, 4, batch_first=True)

    def forward(self, ids):
        b, t = ids.shape
        chars = self.embed(ids)
        return self.rnn(self.conv(chars))[0]  # !SG110

# run: CharCNN()(torch.randint(0, 30, (3, 6)))
