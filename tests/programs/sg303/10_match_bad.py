import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, kind="gru", layers=2):
        super().__init__()
        match kind:
            case "lstm":
                self.rnn = nn.LSTM(5, 7, layers)
            case _:
                self.rnn = nn.GRU(5, 7, layers)
        self.out = nn.Linear(7, 1)

    def forward(self, x):
        state = self.rnn(x)[1]
        if isinstance(state, tuple):
            state, _ = state
        return self.out(state[0])  # !SG303


print(Net()(torch.randn(6, 3, 5)), Net("lstm")(torch.randn(6, 3, 5)))
