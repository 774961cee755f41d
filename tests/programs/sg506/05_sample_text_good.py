import torch
import torch.nn as nn


class Generator(nn.Module):
    def __init__(self, vocab=11):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.lstm = nn.LSTM(5, 7, 2)
        self.out = nn.Linear(7, vocab)

    def sample(self, token, h, c, length):
        chosen = []
        for _ in range(length):
            embedded = self.emb(token).view(1, 1, -1)
            out, (h, c) = self.lstm(embedded, (h, c))
            weights = self.out(out[0, 0]).softmax(dim=-1)
            token = torch.multinomial(weights, 1)
            chosen.append(token.item())
        return chosen

# run: Generator().sample(torch.tensor([1]), torch.zeros(2, 1, 7), torch.zeros(2, 1, 7), 5)
