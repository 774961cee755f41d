import torch
import torch.nn as nn

seq_len, n_inputs, n_units = 8, 5, 6
lstm = nn.LSTM(n_inputs, n_units)
x = torch.rand(seq_len, n_inputs)
output, (h, c) = lstm(x)
print(output.shape)
