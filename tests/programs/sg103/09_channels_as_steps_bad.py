import torch
import torch.nn as nn


class CnnLstm(nn.Module):
    def __init__(self, n_features, filters, time_step, hidden):
        super().__init__()
        self.conv = nn.Conv1d(n_features, filters, kernel_size=1)
        self.pool = nn.MaxPool1d(kernel_size=1)
        self.lstm = nn.LSTM(batch_first=True, hidden_size=hidden, input_size=time_step)
        self.fc = nn.Linear(hidden * filters, 1)

    def forward(self, x):
        x = torch.tanh(self.conv(x))
        x = torch.relu(self.pool(x))
        x, _ = self.lstm(x)  # !SG103
        return self.fc(x.reshape((len(x), -1)))

# run: CnnLstm(5, 8, 6, 7)(torch.randn(3, 5, 6))
