import torch
import torch.nn as nn

N_FEATURES = 6
lstm = nn.LSTM(N_FEATURES, 9, batch_first=True)
dense = nn.Linear(9, 1)


def predict(table):
    table = table.reshape(-1, 1, N_FEATURES)  # !SG111
    out = lstm(table)[0]
    return dense(out).squeeze(1)

# run: predict(torch.randn(5, 6))
