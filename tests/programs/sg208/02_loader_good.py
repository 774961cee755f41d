import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Price(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 8, batch_first=True)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        _, h = self.gru(x)
        return self.out(h[-1]).squeeze(1)


model, criterion = Price(), nn.L1Loss()
loader = DataLoader(TensorDataset(torch.randn(12, 6, 2), torch.randn(12)), batch_size=4)
for x, y in loader:
    prediction = model(x)
    loss = criterion(prediction, y)
    loss.backward()
