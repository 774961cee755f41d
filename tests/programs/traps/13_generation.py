import torch
from torch import nn


class LM(nn.Module):
    def __init__(self, vocab: int, dim: int, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, layers, batch_first=True)
        self.head = nn.Linear(dim, vocab)

    def forward(self, ids: torch.Tensor, state: torch.Tensor | None = None):
        out, state = self.rnn(self.embed(ids), state)
        return self.head(out), state


@torch.inference_mode()
def generate(model: LM, prompt: torch.Tensor, steps: int, temperature: float = 0.8, k: int = 3):
    model.eval()
    logits, state = model(prompt)
    ids = prompt
    while ids.shape[1] < prompt.shape[1] + steps:
        scores = logits[:, -1, :] / temperature
        top, index = scores.topk(k, dim=-1)
        choice = torch.multinomial(top.softmax(dim=-1), 1)
        nxt = index.gather(-1, choice)
        ids = torch.cat((ids, nxt), dim=1)
        logits, state = model(nxt, state)
    return ids


print(generate(LM(20, 8), torch.randint(0, 20, (2, 4)), 6))
