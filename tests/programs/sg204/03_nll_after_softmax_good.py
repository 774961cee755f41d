import torch
import torch.nn as nn
import torch.nn.functional as F


class NameRNN(nn.Module):
    def __init__(self, n_letters, n_hidden, n_categories):
        super(NameRNN, self).__init__()
        self.rnn = nn.RNN(n_letters, n_hidden)
        self.h2o = nn.Linear(n_hidden, n_categories)

    def forward(self, line):
        rnn_out, hidden = self.rnn(line)
        output = self.h2o(hidden[0])
        return F.log_softmax(output, dim=1)


rnn = NameRNN(57, 32, 18)
criterion = nn.NLLLoss()


def train(category, line):
    output = rnn(line)
    loss = criterion(output, category)
    loss.backward()
    return output, loss.item()

# run: train(torch.tensor([3]), torch.randn(6, 1, 57))
