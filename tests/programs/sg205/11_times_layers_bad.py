import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self, vocab, dim, hidden_dim, n_layers, n_out, dropout=0.3):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden_dim, num_layers=n_layers, bidirectional=True)
        self.fc1 = nn.Linear(hidden_dim * n_layers, 16)  # !SG205
        self.fc2 = nn.Linear(16, n_out)
        self.dropout = nn.Dropout(dropout)

    def forward(self, text):
        _, (hidden, _) = self.rnn(self.dropout(self.embedding(text)))
        hidden = self.dropout(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1))
        return self.fc2(torch.relu(self.fc1(hidden)))


model = Classifier(13, 5, 6, 2, 4)

# run: model(torch.randint(0, 13, (7, 3)))
