import torch
from torch import nn

embedding = nn.Embedding(30, 8)
lstm = nn.LSTM(8, 16)
decoder = nn.Linear(16, 30)


def perplexity(data):
    seq_len, batch_size = data.size()
    inputs = embedding(data).reshape(seq_len, batch_size, 8)
    output, _ = lstm(inputs)
    log_probs = torch.log_softmax(decoder(output), dim=2)
    return log_probs.mean().exp()


print(perplexity(torch.randint(0, 30, (7, 4))))
