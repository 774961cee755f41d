import torch
import torch.nn as nn
import torch.nn.functional as F

series = torch.sin(torch.arange(60.0)).view(1, 60, 1)
x, y = series[:, :-1], series[:, 1:]
rnn = nn.GRU(1, 7, batch_first=True, bidirectional=True)
head = nn.Linear(14, 1)
out, _ = rnn(x)
loss = F.mse_loss(head(out), y)  # !SG307
loss.backward()
