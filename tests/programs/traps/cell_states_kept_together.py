import torch
import torch.nn as nn


class Agent(nn.Module):
    """One pair of states for each layer of cells, and a batch of one while it plays."""

    def __init__(self, n_in, n_hidden, n_layers):
        super().__init__()
        self.cells = nn.ModuleList(
            nn.LSTMCell(n_in if i == 0 else n_hidden, n_hidden) for i in range(n_layers)
        )
        self.value = nn.GRUCell(n_hidden, n_hidden)
        self.actor = nn.Linear(n_hidden, 2)

    def forward(self, x, states):
        new = []
        for cell, state in zip(self.cells, states):
            state = cell(x, state)
            x = state[0]
            new.append(state)
        values = self.value(x)
        return self.actor(x), values[0], new


agent = Agent(3, 5, 2)
zero = torch.zeros(1, 5)
states = [(zero, zero), (zero, zero)]
for observation in torch.randn(4, 1, 3):
    scores, value, states = agent(observation, states)
    hidden, cell_state = states[-1]
print(scores.shape, value.shape, hidden.shape, cell_state.shape)
