import torch
import torch.nn as nn


def make_classifier(n_in, n_hidden, n_out):
    rnn = nn.GRU(n_in, n_hidden, batch_first=True)
    head = nn.Linear(n_hidden, n_out)

    def classify(x):
        states, _ = rnn(x)
        return head(states[:, -1]).softmax(dim=-1)

    return classify


classify = make_classifier(5, 7, 3)
print(classify(torch.randn(4, 9, 5)))
