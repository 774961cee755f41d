import torch
import torch.nn.functional as F
from torch import nn


class Tagger(nn.Module):
    def __init__(self, n_features=5, n_tags=6):
        super().__init__()
        self.rnn = nn.GRU(n_features, n_tags // 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(n_tags, n_tags)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.fc(out)

    def training_step(self, batch, batch_idx):
        x, tags = batch
        scores = self(x)
        loss = F.cross_entropy(scores.transpose(1, 2), tags)
        return {"loss": loss}


step = Tagger().training_step((torch.randn(2, 7, 5), torch.randint(0, 6, (2, 7))), 0)
step["loss"].backward()
