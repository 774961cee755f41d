import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class Tagger(nn.Module):
    def __init__(self, words, dim, hidden, tags):
        super().__init__()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.embed = nn.Embedding(words, dim)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.head = nn.Linear(hidden, tags)

    def forward(self, sentences):
        lengths = torch.tensor([len(s) for s in sentences])
        ids = torch.zeros(len(sentences), int(lengths.max()), dtype=torch.long)
        for i, sentence in enumerate(sentences):
            ids[i, : len(sentence)] = torch.tensor(sentence)
        x = self.embed(ids.to(self.device))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        packed_out, _ = self.lstm(packed)
        return self.head(packed_out.data)
