import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnFree(nn.Module):
    def __init__(self, hidden_size, output_size, n_layers=2):
        super().__init__()
        self.n_layers = n_layers
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size, n_layers)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, token, hidden):
        output = self.embedding(token).view(1, 1, -1)
        output, hidden = self.gru(F.relu(output), hidden)
        return self.out(output[0]), hidden


decoder = AttnFree(6, 11)
hidden = torch.zeros(2, 1, 6)
logits, hidden = decoder(torch.tensor([1]), hidden)
