import torch
from torch import nn
from torch.utils.data import DataLoader

series = [torch.randn(9, 2) for _ in range(6)]
encoder = nn.GRU(2, 5)
head = nn.Linear(5, 1)
for batch in DataLoader(series, batch_size=3):
    batch = batch.permute(1, 0, 2)
    states, last = encoder(batch)
    print(head(last[-1]).shape)
