import torch
import torch.nn as nn


class Sentiment(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 6)
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.head = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, ids):
        out, _ = self.gru(self.emb(ids))
        pooled = out.data.mean(dim=1)  # !SG210
        return self.head(pooled)


model, loss_fn = Sentiment(), nn.CrossEntropyLoss()
loss_fn(model(torch.randint(0, 20, (4, 6))), torch.tensor([0, 1, 1, 0])).backward()
