"""A sentiment classifier that trains without complaint, and three of the mistakes it hides."""

import torch
import torch.nn as nn

VOCABULARY = 200


class BiLSTMClassifier(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, batch_first=True, bidirectional=True, dropout=0.5)  # !SG601
        self.fc = nn.Linear(hidden_dim * 2, num_classes)

    def forward(self, ids):
        out, _ = self.lstm(self.embedding(ids))
        return self.fc(out[:, -1])  # !SG301


class LSTMClassifier(nn.Module):
    def __init__(self, vocab_size, embed_dim, hidden_dim, num_classes):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embed_dim)
        self.lstm = nn.LSTM(embed_dim, hidden_dim, num_layers=2, batch_first=True, dropout=0.2)
        self.fc = nn.Linear(hidden_dim, num_classes)

    def forward(self, ids):
        _, hidden = self.lstm(self.embedding(ids))
        return self.fc(hidden[-1][-1])  # !SG203


def train(model, epochs=3):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        ids = torch.randint(VOCABULARY, (16, 12))
        labels = (ids[:, 0] < VOCABULARY // 2).long()
        loss = criterion(model(ids), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(f"{type(model).__name__} epoch {epoch}: {loss.item():.3f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    train(BiLSTMClassifier(VOCABULARY, 32, 64, 2))
    train(LSTMClassifier(VOCABULARY, 32, 64, 2))
