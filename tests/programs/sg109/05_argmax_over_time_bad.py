import torch
import torch.nn as nn


class NER(nn.Module):
    def __init__(self, n_tags=5):
        super().__init__()
        self.n_tags = n_tags
        self.bilstm = nn.LSTM(10, 12, bidirectional=True, batch_first=True)
        self.tag = nn.Linear(24, n_tags)

    def forward(self, x):
        h, _ = self.bilstm(x)
        return self.tag(h)


net, criterion = NER(), nn.CrossEntropyLoss(ignore_index=-1)
for step in range(2):
    x = torch.randn(4, 7, 10)
    tags = torch.randint(0, 5, (4, 7))
    logits = net(x)
    loss = criterion(logits.reshape(-1, net.n_tags), tags.reshape(-1))
    loss.backward()
    predicted = torch.argmax(logits, dim=1)  # !SG109
    print(predicted.shape)
