import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, layers, batch_size):
        super().__init__()
        self.layers, self.batch_size = layers, batch_size
        self.gru = nn.GRU(5, 7, layers, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(14, 3)

    def forward(self, x):
        start = torch.zeros(self.layers * 2, self.batch_size, 7).to(x.device)  # !SG113
        _, h = self.gru(x, start)
        return self.fc(torch.cat((h[-2], h[-1]), dim=1))


def train(dataset):
    model = Net(2, 4)
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
