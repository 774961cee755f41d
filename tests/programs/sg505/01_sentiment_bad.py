import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class SentimentRNN(nn.Module):
    def __init__(self, vocab, dim=8, hidden=7, layers=2):
        super().__init__()
        self.layers, self.hidden = layers, hidden
        self.embedding = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, layers, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x, hidden):
        lstm_out, hidden = self.lstm(self.embedding(x), hidden)
        return torch.sigmoid(self.fc(lstm_out[:, -1])).squeeze(-1), hidden

    def init_hidden(self, n):
        weight = next(self.parameters()).data
        return (
            weight.new(self.layers, n, self.hidden).zero_(),
            weight.new(self.layers, n, self.hidden).zero_(),
        )


reviews, labels = torch.randint(0, 30, (20, 9)), torch.randint(0, 2, (20,)).float()
train_loader = DataLoader(TensorDataset(reviews, labels), shuffle=True, batch_size=5)
net = SentimentRNN(30)
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
for e in range(2):
    h = net.init_hidden(5)
    for inputs, targets in train_loader:
        h = tuple([each.data for each in h])
        net.zero_grad()
        output, h = net(inputs, h)  # !SG505
        loss = criterion(output, targets)
        loss.backward()
        optimizer.step()
