import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, vocab=11):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.out = nn.Linear(7, vocab)

    def forward(self, token, hidden):
        output, hidden = self.gru(self.emb(token), hidden)
        return self.out(output.squeeze(1)), hidden


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(5, 7, batch_first=True)
        self.decoder = Decoder()

    def translate(self, x, start, steps):
        _, hidden = self.encoder(x)
        token, result = start, []
        for _ in range(steps):
            logits, _ = self.decoder(token, hidden)  # !SG506
            token = logits.argmax(1, keepdim=True)
            result.append(token)
        return result

# run: Translator().translate(torch.randn(2, 6, 5), torch.ones(2, 1, dtype=torch.long), 3)
