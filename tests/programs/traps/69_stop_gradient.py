import torch
import torch.nn as nn


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 8, batch_first=True)
        self.actor = nn.Linear(8, 2)
        self.critic = nn.Linear(8, 1)
        self.hidden = None

    def forward(self, x):
        out, hidden = self.rnn(x, self.hidden)
        self.hidden = hidden.detach()
        features = out[:, -1]
        return self.actor(features), self.critic(features.detach())

    def features(self, x):
        with torch.no_grad():
            out, _ = self.rnn(x)
            return self.actor(out[:, -1].detach())


model = ActorCritic()
for _ in range(2):
    policy, value = model(torch.randn(3, 5, 4))
    (policy.sum() + value.sum()).backward()
