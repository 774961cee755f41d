import torch
import torch.nn as nn


class Backward(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 7, bidirectional=True)
        self.fc = nn.Linear(7, 3)

    def forward(self, x):
        out, _ = self.lstm(x)
        reverse = out[:, :, 1::2]  # !SG306
        return self.fc(reverse)

# run: Backward()(torch.randn(6, 4, 5))
