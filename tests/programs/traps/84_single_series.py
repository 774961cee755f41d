import torch
from torch import nn

n_steps, n_features = 12, 3
lstm = nn.LSTM(n_features, 8, batch_first=True)
series = torch.randn(n_steps, n_features)
out, (h, c) = lstm(series)
print(nn.Linear(8, 1)(out[-1]).shape)
