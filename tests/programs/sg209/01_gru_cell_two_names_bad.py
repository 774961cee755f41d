import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, n_words, n_embed, n_hidden):
        super().__init__()
        self.embed = nn.Embedding(n_words, n_embed)
        self.gru_cell = nn.GRUCell(n_embed, n_hidden)
        self.out = nn.Linear(n_hidden, n_words)

    def forward(self, words, h):
        c = torch.zeros_like(h)
        logits = []
        for t in range(words.size(1)):
            h, c = self.gru_cell(self.embed(words[:, t]), h)  # !SG209
            logits.append(self.out(h))
        return torch.stack(logits, 1), c


model = Decoder(20, 5, 7)
print(model(torch.randint(20, (2, 4)), torch.zeros(2, 7))[0].shape)
