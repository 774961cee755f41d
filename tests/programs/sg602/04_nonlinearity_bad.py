import torch
import torch.nn as nn

rnn = nn.RNN(5, 7, 2, True)  # !SG602
out, h = rnn(torch.randn(4, 3, 5))
print(out.shape)
