import torch
import torch.nn as nn
import torch.nn.functional as F


class SentenceVAE(nn.Module):
    def __init__(self, vocab=25, emb=6, hidden=8, latent=3, num_layers=2, bidirectional=True):
        super().__init__()
        self.num_layers, self.hidden = num_layers, hidden
        self.hidden_factor = (2 if bidirectional else 1) * num_layers
        self.embedding = nn.Embedding(vocab, emb)
        self.encoder = nn.GRU(emb, hidden, num_layers=num_layers, bidirectional=bidirectional, batch_first=True)
        self.decoder = nn.GRU(emb, hidden, num_layers=num_layers, batch_first=True)
        self.mean = nn.Linear(hidden * self.hidden_factor, latent)
        self.logv = nn.Linear(hidden * self.hidden_factor, latent)
        self.latent2hidden = nn.Linear(latent, hidden * num_layers)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, ids):
        batch = ids.size(0)
        x = self.embedding(ids)
        _, h = self.encoder(x)
        h = h.transpose(0, 1).reshape(batch, -1)
        mean, logv = self.mean(h), self.logv(h)
        z = mean + torch.exp(0.5 * logv) * torch.randn_like(mean)
        h0 = self.latent2hidden(z).view(batch, self.num_layers, self.hidden).transpose(0, 1).contiguous()
        out, _ = self.decoder(x, h0)
        return F.log_softmax(self.out(out), dim=-1), mean, logv


model = SentenceVAE()
ids = torch.randint(0, 25, (4, 7))
logp, mean, logv = model(ids)
nll = F.nll_loss(logp[:, :-1].reshape(-1, 25), ids[:, 1:].reshape(-1))
kl = -0.5 * torch.sum(1 + logv - mean.pow(2) - logv.exp())
(nll + kl).backward()
