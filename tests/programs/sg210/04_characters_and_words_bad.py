import torch
from torch import nn


class CharWord(nn.Module):
    def __init__(self, chars, words, tags):
        super().__init__()
        self.char_embed = nn.Embedding(chars, 5)
        self.char_lstm = nn.LSTM(5, 7, batch_first=True)
        self.word_embed = nn.Embedding(words, 8)
        self.word_lstm = nn.LSTM(15, 9, batch_first=True)
        self.tag = nn.Linear(9, tags)

    def forward(self, letters, ids):
        _, (h, _) = self.char_lstm(self.char_embed(letters))
        spelled = h[-1].detach()  # !SG210
        both = torch.cat((self.word_embed(ids), spelled), dim=1)
        out, _ = self.word_lstm(both.unsqueeze(0))
        return self.tag(out.squeeze(0))

# run: CharWord(26, 30, 4)(torch.randint(0, 26, (6, 5)), torch.randint(0, 30, (6,)))
