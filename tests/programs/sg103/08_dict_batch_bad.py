import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Sentences(Dataset):
    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        ids = self.rows[index]
        return {"input_ids": torch.tensor(ids), "label": torch.tensor(ids[0] % 2)}


class Tagger(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.LSTM(dim, hidden, 2)
        self.drop = nn.Dropout(0.1)
        self.tag = nn.Linear(hidden, 4)

    def forward(self, input_ids):
        x = self.drop(self.emb(input_ids))
        h, _ = self.rnn(x)  # !SG103
        return self.tag(h)


if __name__ == "__main__":
    device = torch.device("cpu")
    model = Tagger(20, 6, 7).to(device)
    for batch in DataLoader(Sentences([[1, 2, 3], [4, 5, 6]]), batch_size=2):
        ids = batch["input_ids"].to(device)
        print(model(ids).argmax(-1).shape)
