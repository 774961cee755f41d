import torch
import torch.nn as nn

input_size = 5
hidden_size = 7
num_layers = 2
rnn = nn.GRU(input_size, hidden_size, num_layers)
output, hidden = rnn(torch.randn(6, 3, input_size))
