import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Clips(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, i):
        frames = [torch.randn(3, 8, 8) for _ in range(5)]
        return torch.stack(frames), i % 2


class FrameLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.lstm = nn.LSTM(6, 7)
        self.fc = nn.Linear(7, 2)

    def forward(self, x):
        b, t, c, h, w = x.size()
        features = self.cnn(x.view(b * t, c, h, w))
        features = features.view(b, t, -1)
        out, _ = self.lstm(features)  # !SG103
        return self.fc(out.mean(dim=1))


model = FrameLSTM()
for clips, labels in DataLoader(Clips(), batch_size=2, shuffle=True):
    print(model(clips).shape)
