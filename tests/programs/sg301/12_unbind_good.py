import torch
from torch import nn

encoder = nn.LSTM(5, 7, bidirectional=True, batch_first=True)
head = nn.Linear(14, 3)


def classify(batch):
    states, _ = encoder(batch)
    return torch.stack([head(state) for state in states.unbind(1)], dim=1)


print(classify(torch.randn(4, 6, 5)).shape)
