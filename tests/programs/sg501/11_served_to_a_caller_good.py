import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, vocab, emb_size, hidden_size, n_layers):
        super().__init__()
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.embed = nn.Embedding(vocab, emb_size)
        self.lstm = nn.LSTM(emb_size, hidden_size, n_layers, bidirectional=True)
        self.tags = nn.Linear(2 * hidden_size, 5)

    def forward(self, words, hidden):
        out, hidden = self.lstm(self.embed(words), hidden)
        return self.tags(out), hidden

    def init_hidden(self, batch_size):
        return (
            torch.zeros(2 * self.n_layers, batch_size, self.hidden_size),
            torch.zeros(2 * self.n_layers, batch_size, self.hidden_size),
        )
