import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, hidden, batch_size):
        super().__init__()
        self.hidden = hidden
        self.batch_size = batch_size
        self.gru = nn.GRU(5, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x):
        h0 = torch.zeros(1, self.batch_size, self.hidden, device=x.device)  # !SG113
        out, _ = self.gru(x, h0)
        return self.fc(out[:, -1])


def train(dataset):
    model = Net(7, 4)
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
