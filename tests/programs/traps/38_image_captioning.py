import torch
import torch.nn as nn


class Caption(nn.Module):
    def __init__(self, n_features=12, emb=8, hidden=10, vocab=20):
        super().__init__()
        self.linear = nn.Linear(n_features, emb)
        self.bn = nn.BatchNorm1d(emb)
        self.embed = nn.Embedding(vocab, emb)
        self.lstm = nn.LSTM(emb, hidden, batch_first=True)
        self.out = nn.Linear(hidden, vocab)

    def forward(self, features, captions, lengths):
        first = self.bn(self.linear(features)).unsqueeze(1)
        embeddings = torch.cat((first, self.embed(captions)), 1)
        packed = nn.utils.rnn.pack_padded_sequence(embeddings, lengths, batch_first=True)
        hiddens, _ = self.lstm(packed)
        return self.out(hiddens[0])

    @torch.no_grad()
    def sample(self, features, states=None, max_len=5):
        ids = []
        inputs = self.linear(features).unsqueeze(1)
        for _ in range(max_len):
            hiddens, states = self.lstm(inputs, states)
            _, predicted = self.out(hiddens.squeeze(1)).max(1)
            ids.append(predicted)
            inputs = self.embed(predicted).unsqueeze(1)
        return torch.stack(ids, 1)


model = Caption()
captions = torch.randint(0, 20, (3, 6))
lengths = torch.tensor([6, 5, 3])
targets = nn.utils.rnn.pack_padded_sequence(captions, lengths, batch_first=True)[0]
loss = nn.functional.cross_entropy(model(torch.randn(3, 12), captions, lengths), targets)
loss.backward()
print(model.sample(torch.randn(2, 12)).shape)
