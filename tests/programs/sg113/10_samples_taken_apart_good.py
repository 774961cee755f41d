import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

batch_size = 4
data = TensorDataset(torch.randint(0, 20, (10, 7)), torch.rand(10))
loader = DataLoader(data, batch_size=batch_size, shuffle=True)


class Sentiment(nn.Module):
    def __init__(self, vocab, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.embedding = nn.Embedding(vocab, 5)
        self.lstm = nn.LSTM(5, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, 1)

    def forward(self, words):
        out, _ = self.lstm(self.embedding(words))
        out = out.contiguous().view(-1, self.n_hidden)
        scores = torch.sigmoid(self.fc(out))
        scores = scores.view(words.size(0), -1)
        return scores[:, -1]


model = Sentiment(20, 6)
for words, labels in loader:
    loss = nn.functional.binary_cross_entropy(model(words), labels)
    loss.backward()
