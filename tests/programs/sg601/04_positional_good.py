import torch
from torch.nn import GRU

rnn = GRU(5, 7, 3, True, True, 0.2)
rnn.train()
y, h = rnn(torch.randn(2, 6, 5))
print(y.mean().item(), h.shape)
