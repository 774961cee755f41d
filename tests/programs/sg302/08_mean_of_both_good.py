import torch
from torch import nn

config = dict(hidden_size=7, num_layers=2, bidirectional=True, batch_first=True)
rnn = nn.LSTM(5, **config)
classifier = nn.Linear(7, 3)

batch = torch.randn(4, 6, 5)
_, (hn, cn) = rnn(batch)
rep = hn[-2:].mean(dim=0)
loss = nn.CrossEntropyLoss()(classifier(rep), torch.tensor([0, 1, 2, 0]))
loss.backward()
print(f"{loss.item():.4f}")
