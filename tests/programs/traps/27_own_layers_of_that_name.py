import torch
import torch.nn as nn


class LSTM(nn.Module):
    """Time-major in, the last step of each sample out."""

    def __init__(self, input_size, hidden_size, dropout=0.0, bidirectional=False):
        super().__init__()
        self.cell = nn.LSTMCell(input_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.hidden_size = hidden_size

    def forward(self, x):
        h = c = x.new_zeros(x.size(1), self.hidden_size)
        outputs = []
        for step in x.unbind(0):
            h, c = self.cell(self.dropout(step), (h, c))
            outputs.append(h)
        return torch.stack(outputs, dim=1)


class GRU(nn.Linear):
    def forward(self, x):
        return super().forward(x).relu()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = LSTM(5, 7, 0.5, bidirectional=True)
        self.gru = GRU(7, 3)

    def forward(self, x):
        out = self.lstm(x)
        last = out[:, -1]
        return self.gru(last)

# run: Net()(torch.randn(6, 4, 5))
