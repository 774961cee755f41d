import torch
import torch.nn as nn


class BiLSTMTagger(nn.Module):
    def __init__(self, vocab, tags):
        super().__init__()
        self.emb = nn.Embedding(vocab, 8)
        self.lstm = nn.LSTM(8, 12, bidirectional=True, batch_first=True)
        self.hidden2tag = nn.Linear(24, tags)

    def forward(self, ids):
        out, _ = self.lstm(self.emb(ids))
        return self.hidden2tag(out)


tagger = BiLSTMTagger(40, 6)
criterion = nn.CrossEntropyLoss()
for step in range(2):
    ids, tags = torch.randint(0, 40, (4, 6)), torch.randint(0, 6, (4, 6))
    loss = criterion(tagger(ids), tags)  # !SG207
    loss.backward()
