import torch
import torch.nn as nn


class AttentionPool(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.project = nn.Linear(dim, dim)
        self.context = nn.Linear(dim, 1, bias=False)

    def forward(self, states, mask):
        u = torch.tanh(self.project(states))
        weights = self.context(u).squeeze(-1).masked_fill(~mask, float("-inf")).softmax(dim=1)
        return (weights.unsqueeze(-1) * states).sum(dim=1)


class HAN(nn.Module):
    def __init__(self, vocab=50, emb=6, word_hidden=5, sent_hidden=4, n_classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb)
        self.word_rnn = nn.GRU(emb, word_hidden, bidirectional=True, batch_first=True)
        self.word_pool = AttentionPool(2 * word_hidden)
        self.sent_rnn = nn.GRU(2 * word_hidden, sent_hidden, bidirectional=True, batch_first=True)
        self.sent_pool = AttentionPool(2 * sent_hidden)
        self.fc = nn.Linear(2 * sent_hidden, n_classes)

    def forward(self, docs):
        batch, n_sents, n_words = docs.shape
        words = docs.reshape(batch * n_sents, n_words)
        states, _ = self.word_rnn(self.embed(words))
        sents = self.word_pool(states, words >= 0).view(batch, n_sents, -1)
        states, _ = self.sent_rnn(sents)
        return self.fc(self.sent_pool(states, torch.ones_like(docs[:, :, 0], dtype=torch.bool)))

# run: HAN()(torch.randint(0, 50, (2, 4, 6)))
