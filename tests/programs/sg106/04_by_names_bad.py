import torch
import torch.nn as nn

batch_size, n_inputs, n_units = 8, 5, 6
lstm = nn.LSTM(n_inputs, n_units)
x = torch.rand(batch_size, n_inputs)
output, (h, c) = lstm(x)  # !SG106
print(output.shape)
