import torch
from torch import nn

rnn = nn.GRU(5, 7, 1, True, False, 0.0, True)
head = nn.Linear(14, 2)
x = torch.randn(9, 4, 5)

out, h_n = rnn(x)
logits = head(out[-1])  # !SG301
print(logits.argmax(dim=1))
