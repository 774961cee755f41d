import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

gru = nn.GRU(5, 7, batch_first=True)
pieces = TensorDataset(torch.randn(12, 6, 5))
loader = DataLoader(pieces, batch_size=4)
state = torch.zeros(1, 4, 7)
for (x,) in loader:
    out, state = gru(x, state.detach())
    out.mean().backward()
