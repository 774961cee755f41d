import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, batch):
        super().__init__()
        self.batch_size = batch
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        state = torch.zeros((1, self.batch_size, 7), dtype=x.dtype, device=x.device)
        return self.fc(self.gru(x, state)[0][:, -1])


def train(dataset):
    model = Net(4)
    for x, y in DataLoader(dataset, batch_size=4, drop_last=True):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
