import torch
import torch.nn as nn
import torch.nn.functional as F


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 5)
        self.enc = nn.GRU(5, 6)
        self.proj = nn.Linear(6, 10)

    def forward(self, ids):
        return self.proj(self.enc(self.emb(ids).transpose(0, 1))[0])

    def training_step(self, ids):
        scores = self(ids)
        scores = scores.reshape(-1, scores.size(-1))
        return F.cross_entropy(scores, ids.flatten())  # !SG105

# run: Denoiser().training_step(torch.randint(0, 10, (3, 4)))
