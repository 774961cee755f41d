import torch
import torch.nn as nn
import torch.nn.functional as F


class Policy(nn.Module):
    def __init__(self, states, actions):
        super().__init__()
        self.gru = nn.GRU(states, 16, batch_first=True)
        self.pi = nn.Linear(16, actions)

    def forward(self, x, hidden=None):
        out, hidden = self.gru(x, hidden)
        logits = self.pi(out[:, -1])
        return logits, F.softmax(logits, dim=-1), hidden


policy = Policy(4, 2)
logits, probs, _ = policy(torch.randn(3, 5, 4))
imitation = nn.CrossEntropyLoss()(logits, torch.tensor([0, 1, 1]))
chosen = -torch.log(probs[range(3), [0, 1, 1]]).mean()
print(float(imitation - chosen))
