import torch
import torch.nn as nn


class ConvLSTM(nn.Module):
    def __init__(self, n_classes=4):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU())
        self.lstm = nn.LSTM(8, 10, batch_first=True)
        self.fc = nn.Linear(10, n_classes)

    def forward(self, img):
        f = self.conv(img).mean(dim=1)
        out, _ = self.lstm(f)
        return self.fc(out[:, -1])

# run: ConvLSTM()(torch.randn(2, 1, 8, 8))
