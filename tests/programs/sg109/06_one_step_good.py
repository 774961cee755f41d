import torch
import torch.nn as nn


class CharModel(nn.Module):
    def __init__(self, chars, hidden):
        super().__init__()
        self.embed = nn.Embedding(chars, hidden)
        self.gru = nn.GRU(hidden, hidden)
        self.out = nn.Linear(hidden, chars)

    def step(self, char, state):
        x = self.embed(char).view(1, 1, -1)
        y, state = self.gru(x, state)
        return torch.softmax(self.out(y), dim=2), state


model = CharModel(12, 8)
probs, _ = model.step(torch.tensor([2]), torch.zeros(1, 1, 8))
print(probs.sum())
