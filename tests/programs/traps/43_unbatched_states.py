import torch
from torch import nn

rnn = nn.GRU(4, 6, num_layers=2, bidirectional=True)
walk = torch.randn(11, 4)
h0 = torch.zeros(4, 6)
out, h = rnn(walk, h0)
ends = torch.cat([h[-2], h[-1]])
assert torch.equal(ends, torch.cat([out[-1, :6], out[0, 6:]]))

lstm = nn.LSTM(4, 8, batch_first=True, proj_size=3)
h0, c0 = torch.zeros(1, 3), torch.zeros(1, 8)
out, (h, c) = lstm(walk, (h0, c0))
assert torch.equal(out[-1], h[0])
print(ends.shape, out.shape, c.shape)
