import torch
import torch.nn as nn
import torch.nn.utils.rnn as rnn_utils

MAX_LEN = 40


class SentimentNet(nn.Module):
    def __init__(self, vocab, emb_dim, hidden):
        super(SentimentNet, self).__init__()
        self.emb = nn.Embedding(vocab, emb_dim, padding_idx=0)
        self.lstm = nn.LSTM(emb_dim, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.3)
        self.fc = nn.Linear(MAX_LEN * hidden * 2, 2)

    def forward(self, ids, lengths):
        emb = self.emb(ids)
        packed = rnn_utils.pack_padded_sequence(
            emb, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        packed_out, _ = self.lstm(packed)
        out, _ = rnn_utils.pad_packed_sequence(packed_out, batch_first=True, total_length=MAX_LEN)
        out = self.drop(torch.relu(out))
        return self.fc(out.contiguous().view(out.shape[0], -1))
