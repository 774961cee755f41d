import torch
import torch.nn as nn

n_in, n_hid, n_layers, n_out = 5, 7, 3, 2
encoder = nn.LSTM(input_size=n_in, hidden_size=n_hid)  # !SG606
decoder = nn.Linear(n_hid, n_out)
out, _ = encoder(torch.randn(6, 3, n_in))
scores = decoder(out)
