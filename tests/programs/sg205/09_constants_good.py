import torch
import torch.nn as nn

EMB = 10
HID = 24
PROJ = 12

embed = nn.Embedding(50, EMB)
rnn = nn.LSTM(EMB, HID, 2, batch_first=True)
project = nn.Linear(HID, 3)
ids = torch.randint(0, 50, (4, 9))
out, (h, c) = rnn(embed(ids))
scores = project(h[-1])
print(scores.shape)
