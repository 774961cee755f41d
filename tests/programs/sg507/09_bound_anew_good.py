import torch
import torch.nn as nn


class SentimentLSTM(nn.Module):
    def __init__(self, n_vocab, n_embed, n_hidden, n_layers):
        super().__init__()
        self.n_layers, self.n_hidden = n_layers, n_hidden
        self.embedding = nn.Embedding(n_vocab, n_embed)
        self.lstm = nn.LSTM(n_embed, n_hidden, n_layers, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, words, h=None):
        out, h = self.lstm(self.embedding(words), h)
        return torch.sigmoid(self.fc(out[:, -1])).squeeze(1), h

    def init_hidden(self, batch_size):
        weight = next(self.parameters()).data
        return (
            weight.new(self.n_layers, batch_size, self.n_hidden).zero_(),
            weight.new(self.n_layers, batch_size, self.n_hidden).zero_(),
        )


net = SentimentLSTM(50, 8, 6, 2)
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
batches = [(torch.randint(50, (4, 7)), torch.ones(4)) for _ in range(2)]

for epoch in range(2):
    h = net.init_hidden(4)
    for inputs, labels in batches:
        h = tuple([each.data for each in h])
        net.zero_grad()
        output, h = net(inputs, h)
        loss = criterion(output, labels)
        loss.backward()
        optimizer.step()
