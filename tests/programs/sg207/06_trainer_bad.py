import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.lstm = nn.LSTM(3, 16, 2, batch_first=True)
        self.linear = nn.Linear(16, 8)

    def forward(self, x):
        h, _ = self.lstm(x)
        y = self.linear(h)
        return y


def fit(model, loader, loss_fn):
    for x, y in loader:
        prediction = model(x)
        loss = loss_fn(prediction, y)  # !SG207
        loss.backward()


data = TensorDataset(torch.randn(6, 8, 3), torch.randint(0, 8, (6, 8)))
fit(Net(), DataLoader(data, batch_size=3), nn.CrossEntropyLoss())
