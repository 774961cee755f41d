import torch
import torch.nn as nn
import torch.optim as optim
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset


class Reviews(Dataset):
    def __init__(self, texts, labels):
        self.texts, self.labels = texts, labels

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, i):
        return torch.tensor(self.texts[i]), torch.tensor(self.labels[i])


def collate_batch(batch):
    texts, labels = zip(*batch)
    lengths = torch.tensor([len(t) for t in texts])
    return pad_sequence(texts, batch_first=True, padding_value=0), torch.stack(labels), lengths


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, n_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim, padding_idx=0)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True)
        self.fc = nn.Linear(hidden_dim, n_classes)

    def forward(self, x, lengths):
        embedded = self.embedding(x)
        packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
        output, (hidden, cell) = self.lstm(packed)
        return self.fc(hidden[-1])


def train(model, loader, criterion, optimizer):
    model.train()
    for texts, labels, lengths in loader:
        optimizer.zero_grad()
        loss = criterion(model(texts, lengths), labels)
        loss.backward()
        optimizer.step()


texts = [[4, 8, 2], [5, 6], [7, 1, 3, 9], [2]]
loader = DataLoader(Reviews(texts, [0, 1, 1, 0]), batch_size=2, shuffle=True, collate_fn=collate_batch)
model = SentimentLSTM(20, 5, 6, 2)
train(model, loader, nn.CrossEntropyLoss(), optim.Adam(model.parameters()))
