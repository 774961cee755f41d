import torch
import torch.nn as nn


class BagEncoder(nn.Module):
    def __init__(self, dim, hidden, out_dim):
        super().__init__()
        self.rnn = nn.RNN(dim, hidden, batch_first=True, nonlinearity="relu", bidirectional=True)
        self.score = nn.Linear(2 * hidden, 1)
        self.fc = nn.Linear(2 * hidden, out_dim)

    def forward(self, bag):
        out = self.rnn(bag)[0]
        weights = torch.softmax(self.score(out), dim=1)
        pooled = torch.sum(weights * out, dim=1)
        top = out.gather(1, weights.argmax(dim=1, keepdim=True).expand(-1, -1, out.size(2))).squeeze(1)
        return self.fc(pooled) + self.fc(top)

# run: BagEncoder(5, 4, 2)(torch.randn(3, 7, 5))
