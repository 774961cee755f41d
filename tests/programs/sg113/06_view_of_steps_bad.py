import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, n_batch_size=4):
        super().__init__()
        self.batch_size = n_batch_size
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        out, _ = self.gru(x)
        logits = self.fc(out.reshape(-1, 7))
        logits = logits.reshape(self.batch_size, -1, 3) if False else self.fc(out)
        return logits.reshape(self.batch_size, -1, 3)[:, -1]  # !SG113


def train(dataset):
    model = Net()
    for x, y in DataLoader(dataset, batch_size=4):
        nn.functional.cross_entropy(model(x), y).backward()

# run: train(TensorDataset(torch.randn(8, 6, 5), torch.zeros(8).long()))
