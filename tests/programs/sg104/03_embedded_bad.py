import torch
import torch.nn as nn


class Words(nn.Module):
    def __init__(self, vocab=12, dim=5, hidden=7):
        super().__init__()
        self.dim = dim
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden)
        self.out = nn.Linear(hidden, 2)

    def forward(self, sentences):
        embeds = self.embed(sentences)
        embeds = embeds.view(sentences.size(1), sentences.size(0), self.dim)  # !SG104
        states, _ = self.lstm(embeds)
        return self.out(states[-1])

# run: Words()(torch.randint(0, 12, (4, 6)))
