import torch
import torch.nn as nn


class WordLM(nn.Module):
    def __init__(self, vocab=11):
        super().__init__()
        self.vocab = vocab
        self.emb = nn.Embedding(vocab, 4)
        self.lstm = nn.LSTM(4, 6)
        self.out = nn.Linear(6, vocab)

    def forward(self, tokens):
        x = self.emb(tokens[:, :-1]).permute(1, 0, 2)
        h, _ = self.lstm(x)
        return self.out(h).view(-1, self.vocab)


model = WordLM()
criterion = nn.CrossEntropyLoss()
tokens = torch.randint(0, 11, (3, 8))
logits = model(tokens)
loss = criterion(logits, tokens[:, 1:].t().reshape(-1))
print(loss.item())
