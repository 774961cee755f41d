import torch
from torch import nn


class Intent(nn.Module):
    def __init__(self, vocab, intents, hidden=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, 16)
        self.rnn = nn.GRU(16, hidden, batch_first=True)
        self.fc1 = nn.Linear(hidden, 24)
        self.fc2 = nn.Linear(24, intents)
        self.relu = nn.ReLU()

    def forward(self, ids):
        states, _ = self.rnn(self.embed(ids))
        x = self.relu(self.fc1(states.mean(dim=1)))
        x = self.relu(self.fc2(x))  # !SG204
        return x


model, loss_fn = Intent(40, 6), nn.CrossEntropyLoss()
loss = loss_fn(model(torch.randint(0, 40, (5, 8))), torch.randint(0, 6, (5,)))
loss.backward()
