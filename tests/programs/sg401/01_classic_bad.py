import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super(Net, self).__init__()
        self.lstm = nn.LSTM(input_size=n_in, hidden_size=n_hidden, num_layers=2, batch_first=True, dropout=0.1)
        self.drop = nn.Dropout(0.2)
        self.linear = nn.Linear(n_hidden, n_out)

    def forward(self, x, x_len):
        x_pack = pack_padded_sequence(x, x_len.cpu(), batch_first=True, enforce_sorted=False)
        out, (ht, ct) = self.lstm(x_pack)
        out, out_len = pad_packed_sequence(out, batch_first=True)
        last = out[:, -1, :]  # !SG401
        return self.linear(self.drop(last))

# run: Net(5, 6, 3)(torch.randn(4, 9, 5), torch.tensor([9, 6, 4, 2]))
