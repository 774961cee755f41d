import torch
from torch import nn

CONFIG = {"input_size": 5, "hidden_size": 7, "num_layers": 1, "bidirectional": False}


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.rnn = nn.RNN(
            input_size=config["input_size"],
            hidden_size=config["hidden_size"],
            num_layers=config["num_layers"],
            bidirectional=config["bidirectional"],
        )
        self.readout = nn.Linear(config["hidden_size"], 1)

    def forward(self, x):
        state = self.rnn(x)[1]
        return self.readout(state[-1])


net = Net(CONFIG)
print(net(torch.randn(9, 4, 5)).shape)
