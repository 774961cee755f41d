import torch
import torch.nn as nn

emb, gru, fc = nn.Embedding(11, 5), nn.GRU(5, 7, batch_first=True), nn.Linear(7, 11)


def greedy(prompt, steps):
    _, state = gru(emb(prompt))
    token, made = prompt[:, -1:], []
    while len(made) < steps:
        out, new_state = gru(emb(token), state)  # !SG506
        token = fc(out).squeeze(1).argmax(dim=-1, keepdim=True)
        made.append(token)
    return made


greedy(torch.randint(0, 11, (2, 4)), 3)
