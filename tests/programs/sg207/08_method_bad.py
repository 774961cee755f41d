import torch
from torch import nn


class POS(nn.Module):
    def __init__(self, n_words=30, n_tags=4):
        super().__init__()
        self.words = nn.Embedding(n_words, 6)
        self.lstm = nn.LSTM(6, 8)
        self.tag = nn.Linear(8, n_tags)
        self.criterion = nn.NLLLoss()

    def scores(self, sentence):
        x = self.words(sentence).view(len(sentence), 4, -1)
        out, _ = self.lstm(x)
        return torch.log_softmax(self.tag(out), -1)

    def compute_loss(self, sentence, tags):
        scores = self.scores(sentence)
        return self.criterion(scores, tags)  # !SG207

# run: POS().compute_loss(torch.randint(0, 30, (5, 4)), torch.randint(0, 4, (5, 4)))
