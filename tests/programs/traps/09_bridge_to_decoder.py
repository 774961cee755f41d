import torch
import torch.nn as nn


class EncoderRNN(nn.Module):
    def __init__(self, vocab, size, n_layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, size)
        self.rnn = nn.LSTM(size, size, n_layers, batch_first=True, bidirectional=True, dropout=0.1)

    def forward(self, ids):
        return self.rnn(self.embed(ids))


class DecoderRNN(nn.Module):
    def __init__(self, vocab, size, n_layers=2, bidirectional_encoder=True):
        super().__init__()
        self.bidirectional_encoder = bidirectional_encoder
        self.size = size * 2 if bidirectional_encoder else size
        self.embed = nn.Embedding(vocab, self.size)
        self.rnn = nn.LSTM(self.size, self.size, n_layers, batch_first=True, dropout=0.1)
        self.out = nn.Linear(self.size, vocab)

    def _cat_directions(self, h):
        if self.bidirectional_encoder:
            h = torch.cat([h[0:h.size(0):2], h[1:h.size(0):2]], 2)
        return h

    def _init_state(self, encoder_hidden):
        if encoder_hidden is None:
            return None
        if isinstance(encoder_hidden, tuple):
            return tuple([self._cat_directions(h) for h in encoder_hidden])
        return self._cat_directions(encoder_hidden)

    def forward(self, ids, encoder_hidden=None):
        out, _ = self.rnn(self.embed(ids), self._init_state(encoder_hidden))
        return self.out(out)


enc, dec = EncoderRNN(20, 6), DecoderRNN(15, 6)
memory, state = enc(torch.randint(0, 20, (3, 8)))
print(dec(torch.randint(0, 15, (3, 5)), state).shape)
