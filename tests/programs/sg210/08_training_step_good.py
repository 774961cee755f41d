import torch
import torch.nn as nn


class Lit(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(4, 8, batch_first=True)
        self.classifier = nn.Linear(8, 3)
        self.loss = nn.CrossEntropyLoss()

    def training_step(self, batch):
        x, y = batch
        features, _ = self.encoder(x)
        last = features[:, -1, :]
        last = last.contiguous()
        return self.loss(self.classifier(last), y)

# run: Lit().training_step((torch.randn(2, 5, 4), torch.tensor([0, 2]))).backward()
