import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, batch_size=4):
        super().__init__()
        self.batch_size = batch_size
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 3)

    def init_hidden(self, x):
        return (
            x.new_zeros(1, self.batch_size, 7),  # !SG113
            x.new_zeros(1, self.batch_size, 7),
        )

    def forward(self, x):
        _, (h, _) = self.lstm(x, self.init_hidden(x))
        return self.fc(h[-1])


def train(dataset):
    model = Net()
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
