import torch
import torch.nn as nn
import torch.nn.functional as F


class BatchRNN(nn.Module):
    def __init__(self, input_size, hidden_size, rnn_type=nn.LSTM, bidirectional=True, norm=True):
        super().__init__()
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        self.norm = nn.LayerNorm(input_size) if norm else None
        self.rnn = rnn_type(input_size, hidden_size, bidirectional=bidirectional, bias=True)

    def forward(self, x, lengths):
        if self.norm is not None:
            x = self.norm(x)
        x = nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        x, _ = self.rnn(x)
        x, _ = nn.utils.rnn.pad_packed_sequence(x)
        if self.bidirectional:
            x = x.view(x.size(0), x.size(1), 2, -1).sum(2).view(x.size(0), x.size(1), -1)
        return x


class Speech(nn.Module):
    def __init__(self, n_mels=10, hidden=8, layers=3, n_labels=6):
        super().__init__()
        rnns = [BatchRNN(n_mels, hidden, nn.GRU, norm=False)]
        rnns += [BatchRNN(hidden, hidden, nn.GRU) for _ in range(layers - 1)]
        self.rnns = nn.ModuleList(rnns)
        self.fc = nn.Linear(hidden, n_labels, bias=False)

    def forward(self, feats, lengths):
        x = feats.transpose(0, 1)
        for rnn in self.rnns:
            x = rnn(x, lengths)
        return F.log_softmax(self.fc(x), dim=-1)


model = Speech()
feats, lengths = torch.randn(3, 15, 10), torch.tensor([15, 12, 9])
log_probs = model(feats, lengths)
targets = torch.randint(1, 6, (3, 4))
loss = F.ctc_loss(log_probs, targets, lengths, torch.full((3,), 4), blank=0)
loss.backward()
best = log_probs.transpose(0, 1).argmax(dim=-1)
print(best.shape)
