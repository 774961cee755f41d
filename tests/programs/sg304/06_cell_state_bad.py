import torch
import torch.nn as nn


lstm = nn.LSTM(5, 7, 2)
proj = nn.Linear(14, 3)


def encode(x):
    _, (h_n, c_n) = lstm(x)
    return proj(torch.reshape(h_n, (-1, 14)))  # !SG304|SG305


print(encode(torch.randn(6, 4, 5)).shape)
