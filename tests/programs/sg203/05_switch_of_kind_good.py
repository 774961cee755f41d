import torch
import torch.nn as nn


class Flexible(nn.Module):
    def __init__(self, kind, n_in, n_hidden):
        super().__init__()
        self.kind = kind
        rnn_class = nn.LSTM if kind == "lstm" else nn.GRU
        self.rnn = rnn_class(n_in, n_hidden, num_layers=2)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, x):
        _, hidden = self.rnn(x)
        if self.kind == "lstm":
            hidden = hidden[0]
        return self.fc(hidden[-1])


for kind in ("lstm", "gru"):
    print(kind, Flexible(kind, 5, 7)(torch.randn(6, 3, 5)).shape)
lstm = Flexible("lstm", 5, 7)
