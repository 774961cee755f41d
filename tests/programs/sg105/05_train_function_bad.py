import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n
        self.rnn = nn.GRU(n, 8)
        self.fc = nn.Linear(8, n)

    def forward(self, x, h=None):
        y, h = self.rnn(x, h)
        return self.fc(y.contiguous().view(-1, 8)), h


def train(model, steps=2):
    criterion = nn.CrossEntropyLoss()
    for _ in range(steps):
        chars = torch.randint(0, model.n, (3, 7))
        one_hot = nn.functional.one_hot(chars, model.n).float()
        out, _ = model(one_hot.transpose(0, 1))
        loss = criterion(out, chars.view(-1))  # !SG105
        loss.backward()
    return loss.item()


print(train(CharRNN(9)))
