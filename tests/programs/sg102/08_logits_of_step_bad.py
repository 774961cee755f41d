import torch
import torch.nn as nn


class CharModel(nn.Module):
    def __init__(self, vocab, hidden):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(vocab, hidden)
        self.rnn = nn.LSTM(hidden, hidden, batch_first=True)
        self.decode = nn.Linear(hidden, vocab)

    def next_char(self, ids):
        out, _ = self.rnn(self.embed(ids))
        logits = self.decode(out)
        return logits[-1].argmax(dim=-1)  # !SG102

# run: CharModel(12, 8).next_char(torch.tensor([[3, 1, 4, 1, 5]]))
