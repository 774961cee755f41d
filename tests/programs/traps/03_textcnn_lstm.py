import torch
import torch.nn as nn
import torch.nn.functional as F


class CNNLSTM(nn.Module):
    def __init__(self, vocab=40, emb=8, channels=6, hidden=5, kernels=(3, 5), n_classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, emb)
        self.convs = nn.ModuleList([nn.Conv1d(emb, channels, k, padding=k // 2) for k in kernels])
        self.lstm = nn.LSTM(channels * len(kernels), hidden, num_layers=2, batch_first=True, bidirectional=True, dropout=0.2)
        self.fc = nn.Linear(4 * hidden, n_classes)

    def forward(self, ids):
        x = self.embed(ids).transpose(1, 2)
        x = torch.cat([F.relu(conv(x)) for conv in self.convs], dim=1)
        out, _ = self.lstm(x.transpose(1, 2))
        pooled = torch.cat([out.mean(dim=1), out.max(dim=1).values], dim=-1)
        return self.fc(pooled)

# run: CNNLSTM()(torch.randint(0, 40, (3, 12)))
