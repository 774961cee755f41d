import torch
import torch.nn as nn

batch_size, seq_len = 4, 6
lstm = nn.LSTM(5, 7)
head = nn.Linear(7, 3)
labels = torch.randint(0, 3, (seq_len, batch_size))
inputs = torch.randn(seq_len, batch_size, 5)
scores = head(lstm(inputs)[0]).flatten(0, 1)
print(nn.CrossEntropyLoss()(scores, labels.flatten()))
