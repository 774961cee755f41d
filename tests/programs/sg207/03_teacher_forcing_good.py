import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, vocab_size, hidden):
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = nn.Embedding(vocab_size, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, vocab_size)

    def forward(self, tokens, state):
        out, state = self.gru(self.embedding(tokens), state)
        return self.fc(out), state


class Seq2Seq(nn.Module):
    def __init__(self, vocab_size=9, hidden=8):
        super().__init__()
        self.hidden = hidden
        self.decoder = Decoder(vocab_size, hidden)
        self.loss = nn.CrossEntropyLoss(ignore_index=0)

    def training_step(self, tokens):
        state = torch.zeros(1, tokens.size(0), self.hidden)
        logits, _ = self.decoder(tokens[:, :-1], state)
        rows = logits.reshape(-1, self.decoder.vocab_size)
        return self.loss(rows, tokens[:, 1:].reshape(-1))

# run: Seq2Seq().training_step(torch.randint(1, 9, (3, 10)))
