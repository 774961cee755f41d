import torch
import torch.nn as nn

torch.manual_seed(0)
gru = nn.GRU(5, 7, num_layers=2, batch_first=True)
fc = nn.Linear(7, 3)
x = torch.randn(4, 6, 5)
out, h = gru(x)

print("first sample:", out[0])
print("last sample:", out[-1].shape)
print(f"first layer of the state: {h[0].norm():.3f}")
for name, states in zip("abcd", out):
    print(name, fc(states[-1]).argmax().item())
print(fc(out[:, -1]).argmax(dim=1))
