import torch
import torch.nn as nn
import torch.nn.functional as F

N_CLASSES = 7
rnn = nn.LSTM(input_size=5, hidden_size=N_CLASSES)
fc = nn.Linear(N_CLASSES, N_CLASSES)
x = torch.randn(12, 4, 5)
y = torch.randint(0, N_CLASSES, (4,))

out, (h_n, c_n) = rnn(x)
loss = F.cross_entropy(out[-1], y)  # !SG201
loss.backward()
print(loss.item())
