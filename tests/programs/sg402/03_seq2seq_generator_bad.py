import random
import torch
import torch.nn as nn


class Encoder(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden)

    def forward(self, src):
        _, (hidden, cell) = self.rnn(self.embedding(src))  # !SG402
        return hidden, cell


class Decoder(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden)
        self.fc_out = nn.Linear(hidden, vocab)

    def forward(self, token, hidden, cell):
        embedded = self.embedding(token.unsqueeze(0))
        output, (hidden, cell) = self.rnn(embedded, (hidden, cell))
        return self.fc_out(output.squeeze(0)), hidden, cell


class Seq2Seq(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, src, trg, teacher_forcing_ratio=0.5):
        hidden, cell = self.encoder(src)
        token, steps = trg[0], []
        for t in range(1, trg.shape[0]):
            output, hidden, cell = self.decoder(token, hidden, cell)
            steps.append(output)
            token = trg[t] if random.random() < teacher_forcing_ratio else output.argmax(1)
        return torch.stack(steps)


def batches(pairs):
    for i in range(0, len(pairs), 2):
        src, trg = zip(*pairs[i : i + 2])
        yield nn.utils.rnn.pad_sequence(src), nn.utils.rnn.pad_sequence(trg)


def fit(model, pairs):
    loss_fn = nn.CrossEntropyLoss(ignore_index=0)
    for src, trg in batches(pairs):
        output = model(src, trg)
        loss_fn(output.flatten(0, 1), trg[1:].flatten()).backward()


pairs = [(torch.randint(1, 20, (n,)), torch.randint(1, 20, (m,))) for n, m in ((3, 5), (6, 2), (4, 4))]
model = Seq2Seq(Encoder(20, 5, 6), Decoder(20, 5, 6))
fit(model, pairs)
