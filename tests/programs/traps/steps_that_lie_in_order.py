"""Views over batch_first outputs that torch takes: one step at a time, or of memory in order."""

import torch
import torch.nn as nn


class AttentionDecoder(nn.Module):
    def __init__(self, n_tokens, hidden):
        super().__init__()
        self.hidden = hidden
        self.embedding = nn.Embedding(n_tokens, hidden)
        self.lstm = nn.LSTM(2 * hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden, n_tokens)

    def forward(self, tokens, context, state):
        step = torch.cat([self.embedding(tokens), context], dim=2)
        output, state = self.lstm(step, state)
        return self.out(output.view(-1, self.hidden)), state


class Generator(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.hidden = hidden
        self.gru = nn.GRU(n_in, hidden, batch_first=True)
        self.head = nn.Linear(hidden, n_in)

    def forward(self, first, steps):
        x, state, made = first, None, []
        for _ in range(steps):
            out, state = self.gru(x, state)
            x = self.head(out.view(first.size(0), self.hidden)).unsqueeze(1)
            made.append(x)
        return torch.cat(made, dim=1)


class Tagger(nn.Module):
    def __init__(self, n_in, hidden, n_tags):
        super().__init__()
        self.n_tags = n_tags
        self.lstm = nn.LSTM(n_in, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(2 * hidden, n_tags)

    def forward(self, x):
        scores = self.fc(self.drop(self.lstm(x)[0]))
        return scores.view(-1, self.n_tags)


decoder = AttentionDecoder(13, 6)
state = (torch.zeros(1, 4, 6), torch.zeros(1, 4, 6))
tokens = torch.zeros(4, 1, dtype=torch.long)
for _ in range(3):
    scores, state = decoder(tokens, torch.zeros(4, 1, 6), state)
    tokens = scores.argmax(1, keepdim=True)
print(Generator(5, 6)(torch.zeros(4, 1, 5), 3).shape, Tagger(5, 6, 3)(torch.zeros(4, 9, 5)).shape)
