import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 2)

    def begin(self, batch_size):
        return torch.zeros(1, batch_size, 7)

    def forward(self, x):
        out, _ = self.gru(x, self.begin(len(x)).to(x.device))
        return self.fc(out.reshape(x.size(0) * x.size(1), -1)).view(x.size(0), -1, 2)


def train(dataset, model):
    for (x,) in DataLoader(dataset, batch_size=model.batch_size):
        model(x).mean().backward()

# run: train(TensorDataset(torch.randn(10, 6, 5)), Net())
