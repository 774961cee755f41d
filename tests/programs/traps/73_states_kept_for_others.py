# States that are kept here and used there, parameters that a common interface asks for.
import torch
import torch.nn as nn


class Agent(nn.Module):
    def __init__(self, n_in, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.gru = nn.GRU(n_in, n_hidden)
        self.core = nn.GRUCell(n_in, n_hidden)
        self.state = None

    def reset(self, batch):
        self.state = torch.zeros(batch, self.n_hidden)

    def act(self, obs):
        self.state = self.core(obs, self.state)
        return self.state

    def forward(self, seq, state=None, mask=None):
        del state
        return self.gru(seq)[0]


agent = Agent(3, 5)
agent.reset(2)
print(agent.act(torch.randn(2, 3)).shape, agent(torch.randn(4, 2, 3)).shape)
