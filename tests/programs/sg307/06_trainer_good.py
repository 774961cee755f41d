import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(4, 7, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(14, 4)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out)


class Trainer:
    def __init__(self):
        self.net, self.loss = Net(), nn.MSELoss()

    def step(self, batch):
        prediction = self.net(batch[:, :-1])
        return self.loss(prediction, batch[:, :-1])


Trainer().step(torch.randn(3, 9, 4))
