import torch
from torch.nn import GRU, LSTM, RNN, GRUCell, LSTMCell, Module

plain = LSTM(5, 7)
layered = LSTM(5, 7, 2)
no_bias = GRU(5, 7, 1, False, True)
flags = LSTM(5, 7, 2, True, True, 0.1, True)
relu = RNN(5, 7, 2, "relu", True, False, 0.1)
projected = LSTM(5, 7, 1, True, False, 0.0, False, 3)
unbiased = GRUCell(5, 7, False)
cell = LSTMCell(5, 7, True)

x = torch.randn(4, 3, 5)
assert plain(x)[0].shape == (4, 3, 7)
assert layered(x)[1][0].shape == (2, 3, 7)
assert no_bias(x)[1].shape == (1, 4, 7)
assert flags(x)[0].shape == (4, 3, 14)
assert relu(x)[0].shape == (4, 3, 7)
assert projected(x)[0].shape == (4, 3, 3)
assert unbiased(x[0]).shape == (3, 7)
h, c = cell(x[0])
assert h.shape == c.shape == (3, 7)
