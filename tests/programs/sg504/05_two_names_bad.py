import torch
import torch.nn as nn

lstm = nn.LSTM(5, 7, 2, batch_first=True)
head = nn.Linear(7, 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()])
h = torch.zeros(2, 4, 7)
c = torch.zeros(2, 4, 7)
for i in range(12):
    x, y = torch.randn(4, 6, 5), torch.randint(0, 3, (4, 6))
    out, (h, c) = lstm(x, (h, c))  # !SG504
    scores = head(out)
    loss = criterion(scores.view(-1, 3), y.view(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
