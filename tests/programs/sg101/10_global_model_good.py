import torch
import torch.nn as nn

model = None


def build(n_in=5, n_hidden=7):
    global model, head
    model = nn.LSTM(n_in, n_hidden, num_layers=2, batch_first=True)
    head = nn.Linear(n_hidden, 1)


def predict(x):
    states, (h, c) = model(x)
    del h, c
    return head(states[:, -1, :])


build()
print(predict(torch.randn(9, 4, 5)).shape)
