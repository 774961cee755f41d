import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


BATCH_SIZE = 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 7)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        x = x.permute(1, 0, 2)
        h0 = x.new_zeros(1, BATCH_SIZE, 7)  # !SG113
        out, _ = self.rnn(x, h0)
        return self.fc(out[-1])


def train(dataset):
    model = Net()
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
