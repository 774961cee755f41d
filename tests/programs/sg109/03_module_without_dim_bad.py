import torch
import torch.nn as nn


class TextRNN(nn.Module):
    def __init__(self, vocab, classes):
        super(TextRNN, self).__init__()
        self.embedding = nn.Embedding(vocab, 8)
        self.rnn = nn.GRU(8, 12, bidirectional=True)
        self.f1 = nn.Sequential(nn.Linear(24, classes),
                                nn.Softmax())  # !SG109

    def forward(self, x):
        x = self.embedding(x).permute(1, 0, 2)
        x, h_n = self.rnn(x)
        feature = torch.cat([h_n[-2], h_n[-1]], dim=1)
        return self.f1(feature)

# run: TextRNN(30, 3)(torch.randint(0, 30, (4, 6)))
