import torch
import torch.nn as nn


class CharRNN(nn.Module):
    def __init__(self, n_chars, n_hidden=16, n_layers=2, drop_prob=0.5):
        super().__init__()
        self.n_layers = n_layers
        self.n_hidden = n_hidden
        self.lstm = nn.LSTM(n_chars, n_hidden, n_layers, dropout=drop_prob, batch_first=True)
        self.dropout = nn.Dropout(drop_prob)
        self.fc = nn.Linear(n_hidden, n_chars)

    def forward(self, x, hidden):
        r_output, hidden = self.lstm(x, hidden)
        out = self.dropout(r_output)
        out = out.contiguous().view(-1, self.n_hidden)
        return self.fc(out), hidden

    def init_hidden(self, batch_size):
        weight = next(self.parameters())
        return (weight.new_zeros(self.n_layers, batch_size, self.n_hidden),
                weight.new_zeros(self.n_layers, batch_size, self.n_hidden))


def get_batches(encoded, n_seqs, n_steps):
    encoded = encoded[: len(encoded) // n_seqs * n_seqs].reshape(n_seqs, -1)
    for n in range(0, encoded.shape[1] - 1, n_steps):
        x = encoded[:, n:n + n_steps]
        y = encoded[:, n + 1:n + n_steps + 1]
        if x.shape == y.shape:
            yield x, y


def train(net, data, n_chars, epochs=1, n_seqs=4, n_steps=6, clip=5):
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()
    net.train()
    for e in range(epochs):
        h = net.init_hidden(n_seqs)
        for x, y in get_batches(data, n_seqs, n_steps):
            inputs = nn.functional.one_hot(x, n_chars).float()
            h = tuple([each.detach() for each in h])
            net.zero_grad()
            output, h = net(inputs, h)
            loss = criterion(output, y.reshape(-1))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), clip)
            opt.step()


@torch.no_grad()
def sample(net, n_chars, size=5, prime=(1, 2)):
    net.eval()
    h = net.init_hidden(1)
    chars = list(prime)
    for ch in chars:
        out, h = net(nn.functional.one_hot(torch.tensor([[ch]]), n_chars).float(), h)
    for _ in range(size):
        p = torch.softmax(out[-1], dim=0)
        chars.append(torch.multinomial(p, 1).item())
        out, h = net(nn.functional.one_hot(torch.tensor([[chars[-1]]]), n_chars).float(), h)
    return chars


net = CharRNN(9)
train(net, torch.randint(0, 9, (100,)), 9)
print(sample(net, 9))
