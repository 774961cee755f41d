import torch
from torch import nn

PAD = 0


def pad_to(ids, max_len):
    ids = ids[:max_len]
    ids += [PAD] * (max_len - len(ids))
    return ids


class Names(nn.Module):
    def __init__(self):
        super(Names, self).__init__()
        self.emb = nn.Embedding(128, 5)
        self.rnn = nn.GRU(5, 6, 2, batch_first=True)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        x = self.emb(x)
        y, _ = self.rnn(x)  # !SG402
        return self.out(y[:, -1, :])


def main(names):
    batch = torch.LongTensor([pad_to([ord(c) for c in name], 12) for name in names])
    model = Names()
    return model(batch).argmax(dim=1)


if __name__ == "__main__":
    main(["Ada", "Grace", "Barbara"])

# run: main(["Ada", "Grace"])
