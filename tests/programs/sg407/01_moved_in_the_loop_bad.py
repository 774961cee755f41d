import torch
from torch import nn, optim
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


class Reviews(Dataset):
    def __len__(self):
        return 48

    def __getitem__(self, i):
        return torch.randint(1, 20000, (3 + i % 7,)), i % 2


def collate(batch):
    ids, labels = zip(*batch)
    lengths = torch.tensor([len(one) for one in ids])
    return pad_sequence(ids, batch_first=True), lengths, torch.tensor(labels)


class Sentiment(nn.Module):
    def __init__(self, vocab, dim, hidden):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 2)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(
            self.embed(ids), lengths, batch_first=True, enforce_sorted=False  # !SG407
        )
        _, (h_n, _) = self.lstm(packed)
        return self.out(h_n[-1])


model = Sentiment(20000, 100, 128).to(device)
optimizer = optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss()
for epoch in range(2):
    for ids, lengths, labels in DataLoader(Reviews(), batch_size=32, collate_fn=collate):
        ids = ids.to(device)
        lengths = lengths.to(device)
        labels = labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(ids, lengths), labels)
        loss.backward()
        optimizer.step()
