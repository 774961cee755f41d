import torch
import torch.nn as nn


class TextGRU(nn.Module):
    def __init__(self, n_words, dim, n_classes):
        super().__init__()
        self.embedding = nn.Embedding(n_words, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.fc = nn.Linear(dim, n_classes)

    def forward(self, ids):
        batch, length = ids.shape
        x = self.embedding(ids.reshape(batch, length))
        h = self.gru(x)[1][-1]
        return self.fc(h)


# run: TextGRU(30, 5, 2)(torch.randint(30, (3, 4)))
