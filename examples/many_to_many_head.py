"""A letter for every letter: where the scores of a many-to-many RNN come from.

`nn.RNN` returns hidden states only. Turning a state into scores over the alphabet is the job of a
Linear layer of your own, and its size must match what the layer returns.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

LETTERS = 26
HIDDEN = 100
STEPS, BATCH = 7, 4


class LetterRNN(nn.Module):
    """Right: every state goes through the head, step by step."""

    def __init__(self, input_dim, output_dim, hidden_size, num_layers=1):
        super().__init__()
        self.hidden_size = hidden_size
        self.rnn = nn.RNN(input_size=input_dim, hidden_size=hidden_size, num_layers=num_layers)
        self.fc = nn.Linear(hidden_size, output_dim)

    def forward(self, x, h=None):
        states, h = self.rnn(x, h)
        flat = states.contiguous().view(-1, self.hidden_size)
        return self.fc(flat), h


class HeadlessRNN(nn.Module):
    """Wrong: the states themselves are taken for scores, so no score leaves (-1, 1)."""

    def __init__(self, n_letters):
        super().__init__()
        self.rnn = nn.RNN(n_letters, n_letters)

    def loss(self, x, labels):
        output, _ = self.rnn(x)
        return F.cross_entropy(output.reshape(-1, LETTERS), labels.reshape(-1))  # !SG201


class BothWaysRNN(nn.Module):
    """Wrong: two directions make each state twice as wide, and the head expects one."""

    def __init__(self, n_letters, hidden_size):
        super().__init__()
        self.rnn = nn.RNN(n_letters, hidden_size, bidirectional=True)
        self.fc = nn.Linear(hidden_size, n_letters)  # ~SG205

    def forward(self, x):
        states, _ = self.rnn(x)
        return self.fc(states)  # !SG205


def train(model, rounds=3):
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    for _ in range(rounds):
        letters = torch.randint(LETTERS, (BATCH, STEPS))
        labels = letters.roll(-1, dims=1)
        x = F.one_hot(letters, LETTERS).float().transpose(0, 1)
        scores, _ = model(x)
        loss = criterion(scores, labels.view(BATCH * STEPS))  # !SG105
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    print("with a head:", train(LetterRNN(LETTERS, LETTERS, HIDDEN)))
    labels = torch.randint(LETTERS, (STEPS, BATCH))
    x = F.one_hot(labels, LETTERS).float()
    print("no head:    ", HeadlessRNN(LETTERS).loss(x, labels).item())
    try:
        BothWaysRNN(LETTERS, HIDDEN)(x)
    except RuntimeError as error:
        print("half a head:", error)
