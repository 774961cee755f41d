import torch
import torch.nn as nn


class RowLSTM(nn.Module):
    def __init__(self, n_rows=8, n_hidden=7, n_classes=3):
        super().__init__()
        self.lstm = nn.LSTM(n_rows, n_hidden, 2)
        self.classify = nn.Linear(n_hidden, n_classes)

    def forward(self, img):
        img = img.squeeze()  # !SG107
        img = img.permute(1, 0, 2)
        out, _ = self.lstm(img)
        return self.classify(out[-1])

# run: RowLSTM()(torch.randn(4, 1, 8, 8))
