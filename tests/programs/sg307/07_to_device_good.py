import torch
import torch.nn as nn
import torch.nn.functional as F

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
emb = nn.Embedding(11, 5).to(device)
lstm = nn.LSTM(5, 7, num_layers=2, batch_first=True, bidirectional=False).to(device)
fc = nn.Linear(7, 11).to(device)
for _ in range(2):
    seq = torch.randint(0, 11, (4, 9))
    src = seq[:, :-1].to(device)
    tgt = seq[:, 1:].to(device)
    hidden, _ = lstm(emb(src))
    loss = F.cross_entropy(fc(hidden).permute(0, 2, 1), tgt)
    loss.backward()
