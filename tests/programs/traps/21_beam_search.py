import torch
import torch.nn as nn


class Decoder(nn.Module):
    def __init__(self, vocab=12, dim=6, hidden=8, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, hidden, layers)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, tokens, state):
        y, state = self.lstm(self.embed(tokens).unsqueeze(0), state)
        return self.out(y[0]).log_softmax(dim=-1), state


@torch.no_grad()
def beam_search(decoder, h, c, bos, steps, width):
    state = (h.repeat(1, width, 1), c.repeat(1, width, 1))
    tokens = torch.full((width,), bos)
    scores = torch.tensor([0.0] + [float("-inf")] * (width - 1))
    history = tokens.unsqueeze(1)
    for _ in range(steps):
        logp, (h, c) = decoder(tokens, state)
        total = (scores.unsqueeze(1) + logp).view(-1)
        scores, flat = total.topk(width)
        beam = torch.div(flat, logp.size(1), rounding_mode="floor")
        tokens = flat % logp.size(1)
        state = (h[:, beam, :], c.index_select(1, beam))
        history = torch.cat([history[beam], tokens.unsqueeze(1)], dim=1)
    return history[0]


torch.manual_seed(0)
decoder = Decoder()
encoder = nn.LSTM(5, 8, 2)
_, (h, c) = encoder(torch.randn(7, 1, 5))
print(beam_search(decoder, h, c, bos=1, steps=5, width=3))
