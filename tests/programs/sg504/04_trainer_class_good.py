import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(6, 9)
        self.out = nn.Linear(9, 2)

    def forward(self, x, hx=None):
        y, hx = self.rnn(x, hx)
        return self.out(y), hx


class Trainer:
    def __init__(self, model):
        self.model = model
        self.loss = nn.MSELoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def fit(self, windows):
        hx = None
        for window in windows:
            y, hx = self.model(window, hx)
            loss = self.loss(y, torch.zeros_like(y))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            hx = hx.detach()


Trainer(Model()).fit(torch.randn(5, 4, 3, 6))
