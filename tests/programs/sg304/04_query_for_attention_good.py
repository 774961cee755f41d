import torch
import torch.nn as nn


class Attn(nn.Module):
    def __init__(self, vocab=11, dim=5, n_hidden=7):
        super().__init__()
        self.n_hidden = n_hidden
        self.emb = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, n_hidden, bidirectional=True)
        self.out = nn.Linear(2 * n_hidden, 2)

    def forward(self, ids):
        output, (final, _) = self.lstm(self.emb(ids).permute(1, 0, 2))
        output = output.permute(1, 0, 2)
        query = final.transpose(0, 1).contiguous().view(-1, self.n_hidden * 2, 1)
        weights = torch.softmax(torch.bmm(output, query).squeeze(2), 1)
        return self.out(torch.bmm(output.transpose(1, 2), weights.unsqueeze(2)).squeeze(2))

# run: Attn()(torch.randint(0, 11, (4, 6)))
