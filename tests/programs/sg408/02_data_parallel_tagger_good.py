import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class PosTagger(nn.Module):
    def __init__(self, vocab_size, tag_size, dim=64):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, dim)
        self.rnn = nn.GRU(dim, dim // 2, 2, bidirectional=True, batch_first=True)
        self.out = nn.Linear(dim, tag_size)

    def forward(self, words, lens):
        x = self.embed(words)
        x = pack_padded_sequence(x, lens.cpu(), batch_first=True, enforce_sorted=False)
        x, _ = self.rnn(x)
        x, _ = pad_packed_sequence(x, batch_first=True, total_length=words.size(1))
        return self.out(x).log_softmax(-1)


def train(loader, vocab_size, tag_size, epochs):
    model = PosTagger(vocab_size, tag_size).cuda()
    model = nn.DataParallel(model)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        for words, lens, tags in loader:
            optimizer.zero_grad()
            scores = model(words.cuda(), lens)
            loss = nn.functional.nll_loss(scores.transpose(1, 2), tags.cuda(), ignore_index=-1)
            loss.backward()
            optimizer.step()
