import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        return self.fc(self.gru(x)[0][:, -1])


def fit(loader, model, loss_fn):
    for x, y in loader:
        print(float(loss_fn(model(x), y.float())))


fit([(torch.randn(4, 5, 3), torch.randn(4, 1))], Net(), nn.MSELoss())
