import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(6 * 7, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        out = out.reshape(out.size(0), -1)
        return self.fc(out)


def train(dataset):
    model = Net(batch_size=4)
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
