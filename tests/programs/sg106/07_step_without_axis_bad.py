import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rnn = nn.GRU(4, 6)
readout = nn.Linear(6, 4)
for (x,) in DataLoader(TensorDataset(torch.randn(8, 5, 4)), batch_size=2):
    total = 0.0
    for t in range(5):
        y, _ = rnn(x[:, t])  # !SG106
        total = total + readout(y).mean()
    print(total.item())
