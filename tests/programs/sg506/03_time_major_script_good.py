import torch
import torch.nn as nn

rnn = nn.RNN(5, 7)
x = torch.randn(6, 3, 5)
h = torch.zeros(1, 3, 7)
collected = []
for i in range(6):
    out, h = rnn(x[i].unsqueeze(0), h)
    collected.append(out)
result = torch.cat(collected)
