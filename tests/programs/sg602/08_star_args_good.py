import torch
import torch.nn as nn

sizes = (5, 7)
options = {"batch_first": True}
rnn = nn.LSTM(*sizes, 2, dropout=0.25, **options)
out, (h, c) = rnn(torch.randn(3, 6, 5))
print(out.shape, h.shape)
