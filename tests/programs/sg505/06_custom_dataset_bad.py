import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, series, size):
        self.series, self.size = series, size

    def __len__(self):
        return len(self.series) - self.size

    def __getitem__(self, i):
        return self.series[i : i + self.size], self.series[i + self.size]


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 7, batch_first=True)
        self.fc = nn.Linear(7, 1)

    def forward(self, x, h):
        out, h = self.gru(x, h)
        return self.fc(out[:, -1]), h


loader = DataLoader(Windows(torch.randn(14, 1), 6), batch_size=4, shuffle=True)
model = Forecaster()
optimizer = torch.optim.Adam(model.parameters())
h = torch.zeros(1, 4, 7)
for x, y in loader:
    h = h.data
    prediction, h = model(x, h)  # !SG505
    loss = nn.functional.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
