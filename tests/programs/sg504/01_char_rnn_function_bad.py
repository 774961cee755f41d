import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, vocab, hidden, layers=2):
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.emb = nn.Embedding(vocab, 8)
        self.lstm = nn.LSTM(8, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, vocab)

    def forward(self, x, state):
        out, state = self.lstm(self.emb(x), state)
        return self.fc(out), state

    def init_hidden(self, n):
        weight = next(self.parameters()).data
        return (
            weight.new(self.layers, n, self.hidden).zero_(),
            weight.new(self.layers, n, self.hidden).zero_(),
        )


def get_batches(data, n, steps):
    for i in range(0, data.size(1) - 1, steps):
        yield data[:n, i : i + steps], data[:n, i + 1 : i + steps + 1]


def train(net, data, epochs=2):
    opt = torch.optim.Adam(net.parameters(), lr=0.001)
    criterion = nn.CrossEntropyLoss()
    net.train()
    for e in range(epochs):
        h = net.init_hidden(4)
        for x, y in get_batches(data, 4, 5):
            net.zero_grad()
            output, h = net(x, h)  # !SG504
            loss = criterion(output.reshape(-1, 20), y.reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5)
            opt.step()


train(CharRNN(20, 16), torch.randint(0, 20, (4, 26)))
