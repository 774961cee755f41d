import torch
import torch.nn as nn


class PointerNet(nn.Module):
    def __init__(self, dim=2, hidden=8):
        super().__init__()
        self.encoder = nn.LSTM(dim, hidden, batch_first=True)
        self.cell = nn.LSTMCell(dim, hidden)
        self.start = nn.Parameter(torch.zeros(dim))
        self.w1 = nn.Linear(hidden, hidden, bias=False)
        self.w2 = nn.Linear(hidden, hidden, bias=False)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, points):
        batch, n, _ = points.shape
        memory, (h, c) = self.encoder(points)
        h, c = h[-1], c[-1]
        mask = torch.zeros(batch, n, dtype=torch.bool, device=points.device)
        x = self.start.expand(batch, -1)
        tour, logps = [], []
        for _ in range(n):
            h, c = self.cell(x, (h, c))
            scores = self.v(torch.tanh(self.w1(memory) + self.w2(h).unsqueeze(1))).squeeze(-1)
            logp = torch.log_softmax(scores.masked_fill(mask, float("-inf")), dim=-1)
            pick = logp.argmax(dim=-1)
            mask = mask.scatter(1, pick.unsqueeze(1), True)
            tour.append(pick)
            logps.append(logp.gather(1, pick.unsqueeze(1)).squeeze(1))
            x = points[torch.arange(batch), pick]
        return torch.stack(tour, dim=1), torch.stack(logps, dim=1).sum(dim=1)

# run: PointerNet()(torch.randn(3, 6, 2))
