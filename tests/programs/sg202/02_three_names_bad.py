import torch
import torch.nn as nn

lstm = nn.LSTM(input_size=5, hidden_size=7, num_layers=2)
x = torch.randn(9, 4, 5)
out, h, c = lstm(x)  # !SG202
print(out.shape, h.shape, c.shape)
