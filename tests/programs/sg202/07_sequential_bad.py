import torch
from torch import nn


class First(nn.Module):
    def forward(self, pair):
        return pair[0]


model = nn.Sequential(nn.GRU(5, 7, batch_first=True), nn.Linear(7, 2))  # !SG202
y = model(torch.randn(3, 4, 5))  # ~SG202
print(y.shape)
