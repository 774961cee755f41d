import torch
import torch.nn as nn


class Retriever(nn.Module):
    def __init__(self):
        super().__init__()
        self.question = nn.GRU(6, 8, batch_first=True)
        self.answer = nn.GRU(6, 8, batch_first=True)

    def forward(self, q, a):
        _, q = self.question(q)
        _, a = self.answer(a)
        similarity = q[-1] @ a[-1].t()
        return torch.log_softmax(similarity, dim=0) + torch.log_softmax(similarity, dim=1)


class Ranker(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 8, batch_first=True)
        self.score = nn.Linear(8, 1)

    def forward(self, candidates):
        _, h = self.gru(candidates)
        return torch.softmax(self.score(h[-1]), dim=0)

# run: Retriever()(torch.randn(4, 5, 6), torch.randn(4, 7, 6))
# run: Ranker()(torch.randn(4, 5, 6))
