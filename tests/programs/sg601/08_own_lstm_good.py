import torch
import torch.nn as nn


class LSTM(nn.Module):
    def __init__(self, input_size, hidden_size, dropout=0.0):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        out, state = self.rnn(x)
        return self.dropout(out), state


lstm = LSTM(5, 7, dropout=0.4)
out, state = lstm(torch.randn(6, 3, 5))
print(out.shape)
