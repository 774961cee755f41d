import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def pad_features(reviews, seq_length):
    features = np.zeros((len(reviews), seq_length), dtype=int)
    for i, row in enumerate(reviews):
        features[i, : len(row)] = np.array(row)[:seq_length]
    return features


class SentimentRNN(nn.Module):
    def __init__(self, vocab_size, output_size, embedding_dim, hidden_dim, n_layers):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, n_layers, dropout=0.5, batch_first=True)
        self.fc = nn.Linear(hidden_dim, output_size)

    def forward(self, x):
        lstm_out, hidden = self.lstm(self.embedding(x))  # !SG402
        return torch.sigmoid(self.fc(lstm_out[:, -1]))


reviews = [[int(w) for w in line.split()] for line in "3 4 5\n6 7\n8".split("\n")]
features = pad_features(reviews, seq_length=6)
data = TensorDataset(torch.from_numpy(features), torch.tensor([1.0, 0.0, 1.0]))
train_loader = DataLoader(data, shuffle=True, batch_size=2)
net = SentimentRNN(10, 1, 5, 6, 2)
criterion = nn.BCELoss()
for inputs, labels in train_loader:
    output = net(inputs)
    criterion(output.squeeze(1), labels).backward()
