import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.rnn = nn.RNN(3, 6, batch_first=True)
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        states, h = self.rnn(x)
        values = h
        return self.out(values.squeeze(0))


net = Net()
net(torch.randn(2, 5, 3)).mean().backward()
