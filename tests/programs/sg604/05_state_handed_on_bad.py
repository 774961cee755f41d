import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.rnn = nn.RNN(5, 5)
        self.fc = nn.Linear(5, 1)

    def forward(self, x):
        h = torch.zeros(1, x.size(1), 5)
        for layer in range(self.config["layers"]):
            x, h = self.rnn(x, h)  # !SG604
        return self.fc(x[-1])


Net({"layers": 2})(torch.randn(6, 3, 5))
