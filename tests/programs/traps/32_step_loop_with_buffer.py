import torch
import torch.nn as nn


class Controller(nn.Module):
    def __init__(self, obs=4, act=2, hidden=8):
        super().__init__()
        self.rnn = nn.GRU(obs, hidden, num_layers=1)
        self.pi = nn.Linear(hidden, act)
        self.v = nn.Linear(hidden, 1)
        self.hidden_size = hidden

    def initial_state(self, n):
        return next(self.parameters()).new_zeros(1, n, self.hidden_size)

    def step(self, obs, state, done):
        state = state * (1.0 - done).view(1, -1, 1)
        out, state = self.rnn(obs.unsqueeze(0), state)
        out = out.squeeze(0)
        return self.pi(out), self.v(out), state

    def unroll(self, obs, state, dones):
        outs = []
        for x, d in zip(obs.unbind(0), dones.unbind(0)):
            y, state = self.rnn(x.unsqueeze(0), state * (1.0 - d).view(1, -1, 1))
            outs.append(y)
        features = torch.cat(outs, dim=0)
        return self.pi(features), self.v(features).squeeze(-1), state


net = Controller()
state = net.initial_state(3)
buffer = []
for t in range(5):
    with torch.no_grad():
        logits, value, state = net.step(torch.randn(3, 4), state, torch.zeros(3))
        action = torch.distributions.Categorical(logits=logits).sample()
    buffer += [(action, value.squeeze(-1))]
actions = torch.stack([a for a, _ in buffer])
logits, values, _ = net.unroll(torch.randn(5, 3, 4), net.initial_state(3), torch.zeros(5, 3))
dist = torch.distributions.Categorical(logits=logits)
loss = -(dist.log_prob(actions) * values.detach()).mean() + values.pow(2).mean()
loss.backward()
