import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.rnn = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        h = x.new_zeros(1, x.shape[0], 7)
        out, _ = self.rnn(x, (h, h))
        return self.fc(out[:, -1])


class Args:
    batch_size = 4


def train(dataset):
    model = Net(Args())
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
