import torch
import torch.nn as nn
import torch.nn.functional as F


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 7)
        self.pi = nn.Linear(7, 2)

    def forward(self, obs, state):
        out, state = self.gru(obs.view(1, 1, -1), state)
        return self.pi(out).squeeze(0), state


policy = Policy()
optimizer = torch.optim.Adam(policy.parameters())
state, losses = None, []
for t in range(20):
    logits, state = policy(torch.randn(4), state)
    losses.append(-torch.log_softmax(logits, dim=-1)[0, 0])
    done = t % 5 == 4
    if done:
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        optimizer.step()
        state, losses = None, []
