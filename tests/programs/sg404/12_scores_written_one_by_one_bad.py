import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Encoder(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.embedding = nn.Embedding(n_words, n_hidden)
        self.gru = nn.GRU(n_hidden, n_hidden)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embedding(ids), lengths)
        out, hidden = self.gru(packed)
        return pad_packed_sequence(out)[0], hidden


class Attn(nn.Module):
    def __init__(self, n_hidden):
        super().__init__()
        self.attn = nn.Linear(n_hidden, n_hidden)

    def forward(self, hidden, encoder_outputs):
        seq_len, batch_size = encoder_outputs.size(0), encoder_outputs.size(1)
        energies = torch.zeros(batch_size, seq_len)
        for b in range(batch_size):
            for i in range(seq_len):
                energies[b, i] = self.score(hidden[0, b], encoder_outputs[i, b])
        return F.softmax(energies, dim=1).unsqueeze(1)  # !SG404

    def score(self, hidden, encoder_output):
        return hidden.dot(self.attn(encoder_output))


class Decoder(nn.Module):
    def __init__(self, n_words, n_hidden):
        super().__init__()
        self.embedding = nn.Embedding(n_words, n_hidden)
        self.gru = nn.GRU(n_hidden, n_hidden)
        self.attn = Attn(n_hidden)

    def forward(self, words, last, encoder_outputs):
        out, hidden = self.gru(self.embedding(words).unsqueeze(0), last)
        weights = self.attn(out, encoder_outputs)
        return weights.bmm(encoder_outputs.transpose(0, 1)), hidden


encoder, decoder = Encoder(10, 4), Decoder(10, 4)


def contexts(batch, lengths, target):
    outputs, hidden = encoder(batch, lengths)
    seen = []
    for t in range(target.size(0)):
        context, hidden = decoder(target[t], hidden, outputs)
        seen.append(context)
    return seen

# run: contexts(torch.randint(10, (6, 3)), torch.tensor([6, 4, 2]), torch.randint(10, (5, 3)))
