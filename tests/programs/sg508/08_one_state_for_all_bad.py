import torch
import torch.nn as nn

torch.manual_seed(0)
gru = nn.GRU(4, 5, 2)
start = torch.zeros(2, 1, 5)
for x in torch.randn(3, 6, 8, 4):
    out, last = gru(x, start.expand(2, 8, 5))  # !SG508
    print(out.shape)
