import torch
from torch import nn

rnn = nn.GRU(4, 6, batch_first=True)
attend = nn.MultiheadAttention(6, 2)
states, last = rnn(torch.randn(3, 5, 4))
memory = states.permute(1, 0, 2)
context, _ = attend(last, memory, memory)
print(context.squeeze(0).shape)
