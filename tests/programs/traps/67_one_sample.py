import torch
import torch.nn as nn

lstm, fc, mse = nn.LSTM(3, 6), nn.Linear(6, 1), nn.MSELoss()
series = torch.randn(20, 3)
for start in range(3):
    window = series[start : start + 8].view(8, 1, 3)
    _, (h, _) = lstm(window)
    print(float(mse(fc(h[-1]), series[start + 8, :1])))
