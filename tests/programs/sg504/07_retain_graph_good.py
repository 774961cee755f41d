import torch
import torch.nn as nn

gru = nn.GRU(3, 8)
readout = nn.Linear(8, 3)
opt = torch.optim.SGD([*gru.parameters(), *readout.parameters()], lr=0.01)
state = torch.zeros(1, 2, 8)
stream = torch.randn(40, 2, 3)
for start in range(0, 32, 8):
    piece, wanted = stream[start : start + 8], stream[start + 1 : start + 9]
    out, state = gru(piece, state.detach())
    loss = nn.functional.mse_loss(readout(out), wanted)
    opt.zero_grad()
    loss.backward()
    opt.step()
