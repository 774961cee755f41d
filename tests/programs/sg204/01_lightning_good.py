import torch
from torch import nn
from torch.nn import functional as F


class LightningLike(nn.Module):
    def log(self, name, value):
        print(name, float(value))


class LitClassifier(LightningLike):
    def __init__(self, vocab: int, classes: int, dim: int = 16):
        super().__init__()
        self.embedding = nn.Embedding(vocab, dim)
        self.encoder = nn.GRU(dim, 24, batch_first=True)
        self.classifier = nn.Linear(24, classes)

    def forward(self, tokens):
        _, state = self.encoder(self.embedding(tokens))
        logits = self.classifier(state.squeeze(0))
        return logits

    def training_step(self, batch, batch_idx):
        tokens, labels = batch
        scores = self(tokens)
        loss = F.cross_entropy(scores, labels)
        self.log("loss", loss)
        return loss

# run: LitClassifier(30, 4).training_step((torch.randint(0, 30, (3, 7)), torch.randint(0, 4, (3,))), 0)
