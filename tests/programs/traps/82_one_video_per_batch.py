import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

lstm, fc = nn.LSTM(6, 7), nn.Linear(7, 2)
for frames, label in DataLoader(TensorDataset(torch.randn(3, 9, 6), torch.arange(3))):
    frames = frames.squeeze(0)
    out, _ = lstm(frames.unsqueeze(1))
    print(fc(out[-1]).shape)
