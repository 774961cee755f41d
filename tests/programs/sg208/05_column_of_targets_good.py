import torch
import torch.nn as nn

rnn = nn.GRU(3, 6, batch_first=True)
fc = nn.Linear(6, 1)
criterion = nn.HuberLoss()
x = torch.randn(9, 5, 3)
target = torch.randn(9)
out, _ = rnn(x)
pred = fc(out[:, -1]).squeeze(1)
print(criterion(pred, target))
