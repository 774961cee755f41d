import torch
import torch.nn as nn


class Extractor(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.rnn = nn.LSTM(config["in"], config["hidden"], config["layers"], config["dropout"])  # !SG602

    def forward(self, x):
        return self.rnn(x)[0]


print(Extractor({"in": 5, "hidden": 7, "layers": 2, "dropout": 0.5})(torch.randn(4, 3, 5)).shape)
