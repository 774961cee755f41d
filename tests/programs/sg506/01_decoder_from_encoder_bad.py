import torch
import torch.nn as nn


class Seq2Seq(nn.Module):
    def __init__(self, vocab=11):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.encoder = nn.GRU(5, 7, batch_first=True)
        self.decoder = nn.GRU(5, 7, batch_first=True)
        self.out = nn.Linear(7, vocab)

    def generate(self, source, steps=4):
        _, hidden = self.encoder(self.emb(source))
        token = source[:, :1]
        tokens = []
        for _ in range(steps):
            output, _ = self.decoder(self.emb(token), hidden)  # !SG506
            logits = self.out(output.squeeze(1))
            token = logits.argmax(dim=1).unsqueeze(1)
            tokens.append(token)
        return torch.cat(tokens, dim=1)

# run: Seq2Seq().generate(torch.randint(0, 11, (3, 6)))
