import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.lstm = nn.LSTM(n_in, n_hidden, batch_first=True)
        self.fc = nn.Linear(n_hidden, n_out)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True)
        out, (h, c) = self.lstm(packed)
        return self.fc(out[:, -1, :])  # !SG405

# run: Classifier(5, 6, 2)(torch.randn(3, 8, 5), torch.tensor([8, 5, 2]))
