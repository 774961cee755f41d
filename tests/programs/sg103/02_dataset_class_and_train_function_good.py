import torch
from torch import nn, optim
from torch.utils.data import Dataset, DataLoader


class Reviews(Dataset):
    def __init__(self, texts, labels):
        self.texts, self.labels = texts, labels

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, idx):
        return torch.tensor(self.texts[idx]), torch.tensor(self.labels[idx])


class SentimentGRU(nn.Module):
    def __init__(self, vocab_size):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 5)
        self.gru = nn.GRU(5, 7, batch_first=True)
        self.out = nn.Linear(7, 2)

    def forward(self, text):
        embedded = self.embedding(text)
        _, hidden = self.gru(embedded)
        return self.out(hidden.squeeze(0))


def train(model, loader, criterion, optimizer):
    model.train()
    for i, (text, label) in enumerate(loader):
        optimizer.zero_grad()
        predictions = model(text)
        loss = predictions.sum() * 0 + label.sum() * 0
        loss.backward()
        optimizer.step()


texts = [[1, 2, 3, 4, 5] for _ in range(8)]
loader = DataLoader(Reviews(texts, [0, 1] * 4), batch_size=4)
net = SentimentGRU(10)
train(net, loader, nn.CrossEntropyLoss(), optim.SGD(net.parameters(), lr=0.1))
