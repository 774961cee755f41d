import torch
from torch import nn

INPUT, HIDDEN, LAYERS = 5, 7, 2
rnn = nn.GRU(INPUT, HIDDEN, LAYERS, batch_first=True)
batch = torch.randn(4, 9, INPUT)
h0 = torch.zeros(LAYERS, batch.size(0), INPUT)  # !SG501
out, hn = rnn(batch, h0)  # ~SG501
print(out.shape)
