import torch
import torch.nn as nn


class Tagger(nn.Module):
    def __init__(self, vocab, emb, n_tags):
        super().__init__()
        self.emb = nn.Embedding(vocab, emb)
        self.rnn = nn.RNN(emb, n_tags, batch_first=True)
        self.proj = nn.Linear(n_tags, n_tags)

    @torch.no_grad()
    def predict(self, ids):
        out, _ = self.rnn(self.emb(ids))
        return out.argmax(dim=-1)  # !SG201


tagger = Tagger(30, 8, 5)
print(tagger.predict(torch.randint(0, 30, (2, 11))).shape)
