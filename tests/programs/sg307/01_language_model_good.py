import torch
import torch.nn as nn


class LM(nn.Module):
    def __init__(self, vocab=11, both=False):
        super().__init__()
        self.emb = nn.Embedding(vocab, 5)
        self.rnn = nn.LSTM(5, 7, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(7, vocab)

    def forward(self, ids):
        out, _ = self.rnn(self.emb(ids))
        return self.fc(out)


model, criterion = LM(), nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    batch = torch.randint(0, 11, (4, 9))
    logits = model(batch[:, :-1])
    loss = criterion(logits.reshape(-1, 11), batch[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
