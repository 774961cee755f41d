import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.rnn = nn.GRU(n_in, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 3)

    def forward(self, x, state):
        out, state = self.rnn(x, state)
        rows = out.reshape(-1, out.size(-1))
        return self.fc(rows), state


net = Net(5, 7)
state = torch.zeros(1, 4, 7)
for _ in range(3):
    scores, state = net(torch.randn(4, 6, 5), state)
