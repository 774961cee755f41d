import torch
import torch.nn as nn
import torch.nn.functional as F


class Reader(nn.Module):
    def __init__(self, vocab=40, emb=6, hidden=5):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb, padding_idx=0)
        self.context = nn.LSTM(emb, hidden, bidirectional=True, batch_first=True)
        self.modeling = nn.LSTM(8 * hidden, hidden, num_layers=2, bidirectional=True, batch_first=True, dropout=0.1)
        self.output = nn.LSTM(2 * hidden, hidden, bidirectional=True, batch_first=True)
        self.sim = nn.Linear(6 * hidden, 1, bias=False)
        self.p1, self.p2 = nn.Linear(10 * hidden, 1), nn.Linear(10 * hidden, 1)

    def forward(self, passage, question):
        c, _ = self.context(self.embed(passage))
        q, _ = self.context(self.embed(question))
        n, m = c.size(1), q.size(1)
        pairs = torch.cat([
            c.unsqueeze(2).expand(-1, -1, m, -1),
            q.unsqueeze(1).expand(-1, n, -1, -1),
            c.unsqueeze(2) * q.unsqueeze(1),
        ], dim=-1)
        s = self.sim(pairs).squeeze(-1)
        c2q = torch.bmm(F.softmax(s, dim=2), q)
        q2c = torch.bmm(F.softmax(s.max(dim=2)[0], dim=1).unsqueeze(1), c).expand_as(c)
        g = torch.cat([c, c2q, c * c2q, c * q2c], dim=-1)
        m1 = self.modeling(g)[0]
        m2 = self.output(m1)[0]
        start = self.p1(torch.cat([g, m1], dim=-1)).squeeze(-1)
        end = self.p2(torch.cat([g, m2], dim=-1)).squeeze(-1)
        return start, end

# run: Reader()(torch.randint(1, 40, (3, 9)), torch.randint(1, 40, (3, 4)))
