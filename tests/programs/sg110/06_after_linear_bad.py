import torch
import torch.nn as nn

HIDDEN, WIDTH = 7, 9
lstm = nn.LSTM(5, HIDDEN, batch_first=True)
proj = nn.Linear(HIDDEN, WIDTH)
norm = nn.BatchNorm1d(WIDTH)


def features(x):
    out, (h, c) = lstm(x)
    return norm(proj(out))  # !SG110

# run: features(torch.randn(3, 9, 5))
