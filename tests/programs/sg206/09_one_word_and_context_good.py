import torch
import torch.nn as nn
import torch.nn.functional as F


class Scores(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.attn = nn.Linear(hidden_size * 2, 1)

    def forward(self, hidden, outputs):
        steps = outputs.size(0)
        pairs = torch.cat((hidden.expand(steps, -1, -1), outputs), 2)
        return F.softmax(self.attn(pairs), dim=0).permute(1, 2, 0)


class Decoder(nn.Module):
    def __init__(self, hidden_size, output_size):
        super().__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.dropout = nn.Dropout(0.1)
        self.attn = Scores(hidden_size)
        self.gru = nn.GRU(hidden_size * 2, hidden_size)

    def forward(self, word, last_hidden, outputs):
        embedded = self.dropout(self.embedding(word).view(1, 1, -1))
        weights = self.attn(last_hidden, outputs)
        context = weights.bmm(outputs.transpose(0, 1)).transpose(0, 1)
        return self.gru(torch.cat((embedded, context), 2), last_hidden)
