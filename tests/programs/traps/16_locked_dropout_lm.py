import torch
import torch.nn as nn


class LockedDropout(nn.Module):
    def forward(self, x, p=0.5):
        if not self.training or not p:
            return x
        mask = x.new_empty(1, x.size(1), x.size(2)).bernoulli_(1 - p) / (1 - p)
        return mask.expand_as(x) * x


class AWD(nn.Module):
    def __init__(self, ntoken=30, ninp=6, nhid=9, nlayers=3, dropouth=0.2, tie=True):
        super().__init__()
        self.lockdrop = LockedDropout()
        self.dropouth = dropouth
        self.ninp, self.nhid, self.nlayers, self.tie = ninp, nhid, nlayers, tie
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnns = [
            nn.LSTM(ninp if l == 0 else nhid, nhid if l != nlayers - 1 else (ninp if tie else nhid), 1, dropout=0)
            for l in range(nlayers)
        ]
        self.rnns = nn.ModuleList(self.rnns)
        self.decoder = nn.Linear(ninp if tie else nhid, ntoken)

    def init_hidden(self, bsz):
        w = next(self.parameters())
        sizes = [self.nhid if l != self.nlayers - 1 else (self.ninp if self.tie else self.nhid) for l in range(self.nlayers)]
        return [(w.new_zeros(1, bsz, s), w.new_zeros(1, bsz, s)) for s in sizes]

    def forward(self, ids, hidden):
        raw_output = self.lockdrop(self.encoder(ids), 0.1)
        new_hidden, raw_outputs = [], []
        for l, rnn in enumerate(self.rnns):
            raw_output, new_h = rnn(raw_output, hidden[l])
            new_hidden.append(new_h)
            raw_outputs.append(raw_output)
            if l != self.nlayers - 1:
                raw_output = self.lockdrop(raw_output, self.dropouth)
        output = self.lockdrop(raw_output, 0.1)
        result = self.decoder(output.view(output.size(0) * output.size(1), output.size(2)))
        return result, new_hidden, raw_outputs[-1], output


model = AWD()
ids, targets = torch.randint(0, 30, (7, 4)), torch.randint(0, 30, (28,))
result, hidden, raw, dropped = model(ids, model.init_hidden(4))
loss = nn.functional.cross_entropy(result, targets)
loss = loss + 2.0 * dropped.pow(2).mean() + (raw[1:] - raw[:-1]).pow(2).mean()
loss.backward()
