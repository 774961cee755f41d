import torch

gru = torch.nn.GRU(6, 5, 2)
out_layer = torch.nn.Linear(5, 3)


def classify(vectors):
    states, hidden = gru(vectors[None, :, :])  # !SG111
    return out_layer(hidden[-1])

# run: classify(torch.randn(4, 6))
