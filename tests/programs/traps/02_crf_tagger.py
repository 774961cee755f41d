import torch
from torch import nn


class BiLSTMCRF(nn.Module):
    def __init__(self, vocab_size, n_tags, embedding_dim=6, hidden_dim=8):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.word_embeds = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim // 2, num_layers=1, bidirectional=True)
        self.hidden2tag = nn.Linear(hidden_dim, n_tags)
        self.transitions = nn.Parameter(torch.randn(n_tags, n_tags))

    def features(self, sentence):
        embeds = self.word_embeds(sentence).view(len(sentence), 1, -1)
        lstm_out, _ = self.lstm(embeds)
        lstm_out = lstm_out.view(len(sentence), self.hidden_dim)
        return self.hidden2tag(lstm_out)

    def partition(self, feats):
        alpha = feats[0]
        for feat in feats[1:]:
            alpha = torch.logsumexp(alpha.unsqueeze(1) + self.transitions, dim=0) + feat
        return torch.logsumexp(alpha, dim=0)

    def forward(self, sentence):
        feats = self.features(sentence)
        back, score = [], feats[0]
        for feat in feats[1:]:
            best, at = (score.unsqueeze(1) + self.transitions).max(dim=0)
            back.append(at)
            score = best + feat
        path = [score.argmax().item()]
        for at in reversed(back):
            path.append(at[path[-1]].item())
        return path[::-1]

    def loss(self, sentence, tags):
        feats = self.features(sentence)
        gold = feats[torch.arange(len(tags)), tags].sum() + self.transitions[tags[:-1], tags[1:]].sum()
        return self.partition(feats) - gold


model = BiLSTMCRF(30, 4)
words, tags = torch.randint(0, 30, (9,)), torch.randint(0, 4, (9,))
model.loss(words, tags).backward()
print(model(words))
