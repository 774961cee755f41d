import torch
import torch.nn as nn


lstm = nn.LSTM(5, 7, batch_first=True)
score = nn.Linear(7, 1)
x = torch.randn(4, 6, 5)
out, _ = lstm(x)
by_step = out.reshape(6, 4, 7)  # !SG104
print(score(by_step[-1]).shape)
