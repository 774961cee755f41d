import torch
import torch.nn as nn


class CharModel(nn.Module):
    def __init__(self, n_chars=12, n_hidden=7):
        super().__init__()
        self.embed = nn.Embedding(n_chars, n_hidden)
        self.gru = nn.GRU(n_hidden, n_hidden)
        self.decode = nn.Linear(n_hidden, n_chars)

    def forward(self, char, hidden=None):
        out, hidden = self.gru(self.embed(char).view(1, 1, -1), hidden)
        return self.decode(out.squeeze()), hidden


def write(model, start=3, length=5):
    char, hidden, text = torch.tensor([start]), None, []
    for _ in range(length):
        scores, hidden = model(char, hidden)
        char = torch.distributions.Categorical(logits=scores.squeeze()).sample().view(1)
        text.append(char.item())
    return text


print(write(CharModel()))
