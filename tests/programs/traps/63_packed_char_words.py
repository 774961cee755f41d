import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class CharWords(nn.Module):
    """Characters of each word, then words of each sentence; both read at their own ends."""

    def __init__(self, chars, dim, hidden, tags):
        super().__init__()
        self.embed = nn.Embedding(chars, dim, padding_idx=0)
        self.char = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.word = nn.GRU(2 * hidden, hidden, batch_first=True)
        self.tag = nn.Linear(hidden, tags)

    def forward(self, chars, char_lengths, word_lengths):
        batch, words, _ = chars.shape
        flat = self.embed(chars.flatten(0, 1))
        packed = pack_padded_sequence(flat, char_lengths.flatten(), batch_first=True, enforce_sorted=False)
        _, (h, _) = self.char(packed)
        x = torch.cat((h[-2], h[-1]), dim=1).view(batch, words, -1)
        packed = pack_padded_sequence(x, word_lengths, batch_first=True, enforce_sorted=False)
        out, lengths = pad_packed_sequence(self.word(packed)[0], batch_first=True)
        first, rest = out[:, 0], out[:, 1:]
        return self.tag(first), self.tag(rest)

# run: CharWords(20, 5, 6, 3)(torch.randint(1, 20, (2, 4, 7)), torch.full((2, 4), 5), torch.tensor([4, 2]))
