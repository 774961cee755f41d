import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self, vocab, dim, lstm_layers):
        super().__init__()
        self.lstm_layers = lstm_layers
        self.emb = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, dim, self.lstm_layers)

    def forward(self, ids):
        return self.lstm(self.emb(ids))[0]


model = Model(11, 5, lstm_layers=3)
model(torch.randint(0, 11, (6, 3)))
