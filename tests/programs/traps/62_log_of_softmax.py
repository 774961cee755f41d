import torch
import torch.nn as nn


class Words(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.embed = nn.Embedding(vocab, 8)
        self.rnn = nn.LSTM(8, 8)
        self.out = nn.Linear(8, vocab)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, ids):
        return self.softmax(self.out(self.rnn(self.embed(ids))[0]))


model, nll = Words(20), nn.NLLLoss()
ids = torch.randint(0, 20, (6, 3))
probs = model(ids[:-1])
print(float(nll(torch.log(probs + 1e-9).flatten(0, 1), ids[1:].flatten())))
print(float(nll(probs.clamp(min=1e-6).log().view(-1, 20), ids[1:].reshape(-1))))
