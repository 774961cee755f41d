import torch as th
import torch.nn.functional as F

th.manual_seed(0)
rnn = th.nn.GRU(6, 10)
readout = th.nn.Linear(10, 4)
params = [*rnn.parameters(), *readout.parameters()]
opt = th.optim.Adam(params, lr=1e-2)

x = th.randn(8, 8, 6)
y = th.randint(0, 4, (8,))
for epoch in range(3):
    opt.zero_grad()
    out, h_n = rnn(x)
    loss = F.cross_entropy(readout(out[:, -1]), y)  # !SG101
    loss.backward()
    opt.step()
    print(f"{epoch}: {loss.item():.3f}")
