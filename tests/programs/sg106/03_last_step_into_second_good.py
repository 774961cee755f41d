import torch
import torch.nn as nn

first = nn.GRU(3, 6, batch_first=True)
second = nn.GRU(6, 4, batch_first=True)
head = nn.Linear(4, 1)


def run(x):
    states, _ = first(x)
    last = states
    deeper, _ = second(torch.tanh(last))
    return head(deeper[:, -1])

# run: run(torch.randn(5, 7, 3))
