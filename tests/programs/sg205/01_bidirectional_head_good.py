import torch
import torch.nn as nn


class BiTagger(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_tags):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(2 * hidden_dim, n_tags)

    def forward(self, ids):
        out, _ = self.lstm(self.embed(ids))
        return self.hidden2tag(out)

# run: BiTagger(20, 5, 7, 4)(torch.randint(0, 20, (3, 6)))
