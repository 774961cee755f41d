import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.rnn = nn.RNN(5, 5, num_layers=config["layers"])
        self.fc = nn.Linear(5, 1)

    def forward(self, x):
        h = torch.zeros(self.config["layers"], x.size(1), 5)
        x, h = self.rnn(x, h)
        return self.fc(x[-1])


Net({"layers": 2})(torch.randn(6, 3, 5))
