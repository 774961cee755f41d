import torch
import torch.nn as nn


class TwoLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm1 = nn.LSTM(4, 8, batch_first=True)
        self.lstm2 = nn.LSTM(8, 6, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(6, 2)

    def forward(self, x):
        x, _ = self.lstm1(x)
        x = self.dropout(x)
        x, (h, c) = self.lstm2(x)
        return self.fc(h[-1])

# run: TwoLSTM()(torch.randn(3, 5, 4))
