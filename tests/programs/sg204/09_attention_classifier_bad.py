import torch
import torch.nn as nn
import torch.nn.functional as F


class AttnClassifier(nn.Module):
    def __init__(self, dim, hidden, labels):
        super().__init__()
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.query = nn.Linear(hidden, 1, bias=False)
        self.out = nn.Linear(hidden, labels)

    def forward(self, x):
        states, _ = self.lstm(x)
        weights = F.softmax(self.query(states).squeeze(-1), dim=1)
        context = torch.bmm(weights.unsqueeze(1), states).squeeze(1)
        return F.softmax(self.out(context), dim=1)  # !SG204


class Trainer:
    def __init__(self, model):
        self.model = model
        self.criterion = nn.CrossEntropyLoss()

    def run(self, x, y):
        pred = self.model(x)
        return self.criterion(pred, y)


trainer = Trainer(AttnClassifier(5, 8, 3))

# run: trainer.run(torch.randn(2, 7, 5), torch.tensor([0, 2]))
