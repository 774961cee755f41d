import torch
import torch.nn as nn

low = nn.LSTM(5, 20, proj_size=7)
high = nn.LSTM(7, 6)
x, _ = low(torch.randn(8, 2, 5))
x, _ = high(x)
