import torch
import torch.nn as nn
import torch.nn.functional as F


def make(n_in=4, n_out=5):
    return nn.RNN(n_in, 9), nn.Linear(9, n_out)


rnn, head = make()
weights = torch.ones(5)
series, events = torch.randn(8, 5, 4), torch.randint(0, 5, (8, 5))
hidden, _ = rnn(series)
scores = head(hidden)
print(F.cross_entropy(input=scores, target=events, weight=weights))  # !SG207
