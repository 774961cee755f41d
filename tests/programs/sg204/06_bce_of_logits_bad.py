import torch
import torch.nn.functional as F
from torch.nn import GRU, Embedding, Linear, Module


class Clicks(Module):
    def __init__(self, items, width=8):
        super().__init__()
        self.items = Embedding(items, width)
        self.gru = GRU(width, width, batch_first=True)
        self.score = Linear(width, 1)

    def forward(self, history):
        states, last = self.gru(self.items(history))
        return self.score(last[0])


def step(model, history, clicked):
    probability = model(history)
    return F.binary_cross_entropy(probability, clicked.unsqueeze(1))  # !SG204


clicks = Clicks(50)
torch.nn.init.zeros_(clicks.score.weight)
torch.nn.init.constant_(clicks.score.bias, 0.5)
step(clicks, torch.randint(0, 50, (4, 6)), torch.ones(4))
