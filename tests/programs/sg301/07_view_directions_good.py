import torch
import torch.nn as nn

T, B, H = 7, 3, 4
lstm = nn.LSTM(5, H, bidirectional=True)
out, (h_n, c_n) = lstm(torch.randn(T, B, 5))
halves = out.view(T, B, 2, H)
summary = torch.cat([halves[-1, :, 0], halves[0, :, 1]], dim=-1)
print(summary.shape, torch.equal(summary, torch.cat([h_n[0], h_n[1]], dim=-1)))
