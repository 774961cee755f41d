import torch
from torch import nn

lstm = nn.LSTM(5, 7, num_layers=2, batch_first=True)
x = torch.randn(4, 9, 5)
out, state = lstm(x, (torch.zeros(2, 9, 7), torch.zeros(2, 9, 7)))  # !SG501
print(out[:, -1].mean())
