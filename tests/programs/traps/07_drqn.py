import torch
import torch.nn as nn


class DRQN(nn.Module):
    def __init__(self, n_obs, n_actions, hidden_size=16):
        super().__init__()
        self.hidden_size = hidden_size
        self.features = nn.Sequential(nn.Linear(n_obs, 12), nn.ReLU())
        self.lstm = nn.LSTM(12, hidden_size, batch_first=True)
        self.advantage = nn.Linear(hidden_size, n_actions)
        self.value = nn.Linear(hidden_size, 1)

    def forward(self, obs, state=None):
        x = self.features(obs)
        x, state = self.lstm(x, state)
        adv, val = self.advantage(x), self.value(x)
        return val + adv - adv.mean(dim=-1, keepdim=True), state

    @torch.no_grad()
    def act(self, obs, state):
        q, state = self(obs.view(1, 1, -1), state)
        return q[0, -1].argmax().item(), state


policy, target = DRQN(4, 2), DRQN(4, 2)
target.load_state_dict(policy.state_dict())
state = None
for step in range(4):
    action, state = policy.act(torch.randn(4), state)

obs, nxt = torch.randn(3, 6, 4), torch.randn(3, 6, 4)
actions = torch.randint(0, 2, (3, 6))
reward, done = torch.randn(3, 6), torch.zeros(3, 6)
q, _ = policy(obs)
chosen = q.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
with torch.no_grad():
    best = policy(nxt)[0].argmax(dim=-1, keepdim=True)
    goal = reward + 0.99 * (1 - done) * target(nxt)[0].gather(-1, best).squeeze(-1)
loss = nn.functional.smooth_l1_loss(chosen, goal)
loss.backward()
