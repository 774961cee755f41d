import torch
import torch.nn as nn


gru = nn.GRU(5, 7, bidirectional=True)
x = torch.randn(6, 4, 5)
out, _ = gru(x)
fw, bw = torch.chunk(out, 2)  # !SG306
print((fw + bw).shape)
