import torch
import torch.nn as nn
import torch.nn.functional as F

rnn = nn.LSTM(3, 7, batch_first=True, bidirectional=True)
decode = nn.Linear(14, 3)
x = torch.randn(5, 12, 3)
out, _ = rnn(x[:, 0:-1])
loss = F.l1_loss(decode(out), x[:, 1:])  # !SG307
loss.backward()
