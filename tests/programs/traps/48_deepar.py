import torch
import torch.nn as nn


class DeepAR(nn.Module):
    def __init__(self, n_series=4, emb=3, covariates=2, hidden=8, layers=2, dropout=0.1):
        super().__init__()
        self.hidden, self.layers = hidden, layers
        self.embedding = nn.Embedding(n_series, emb)
        self.lstm = nn.LSTM(1 + covariates + emb, hidden, layers, dropout=dropout)
        for names in self.lstm._all_weights:
            for name in filter(lambda n: "bias" in n, names):
                bias = getattr(self.lstm, name)
                n = bias.size(0)
                bias.data[n // 4:n // 2].fill_(1.0)
        self.mu = nn.Linear(hidden * layers, 1)
        self.presigma = nn.Linear(hidden * layers, 1)

    def forward(self, x, series, hidden, cell):
        x = torch.cat((x, self.embedding(series)), dim=-1)
        output, (hidden, cell) = self.lstm(x.unsqueeze(0), (hidden, cell))
        flat = hidden.permute(1, 2, 0).contiguous().view(hidden.shape[1], -1)
        sigma = nn.functional.softplus(self.presigma(flat))
        return self.mu(flat).squeeze(-1), sigma.squeeze(-1), hidden, cell

    def init_state(self, like):
        return like.new_zeros(self.layers, like.size(1), self.hidden)


model = DeepAR()
x, series = torch.randn(6, 5, 3), torch.randint(0, 4, (5,))
h, c = model.init_state(x), model.init_state(x)
loss = 0.0
for t in range(len(x) - 1):
    mu, sigma, h, c = model(x[t], series, h, c)
    loss = loss - torch.distributions.Normal(mu, sigma).log_prob(x[t + 1, :, 0]).mean()
loss.backward()
