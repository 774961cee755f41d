import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader


class Captioner(nn.Module):
    """An image into a decoder over captions that are padded: each step has its own loss."""

    def __init__(self, vocab):
        super().__init__()
        self.start = nn.Linear(8, 6)
        self.embed = nn.Embedding(vocab, 5, padding_idx=0)
        self.rnn = nn.GRU(5, 6, batch_first=True)
        self.out = nn.Linear(6, vocab)

    def forward(self, image, caption):
        state = torch.tanh(self.start(image)).unsqueeze(0)
        out, _ = self.rnn(self.embed(caption), state)
        return self.out(out)


def collate(samples):
    images, captions = zip(*samples)
    return torch.stack(images), pad_sequence(captions, batch_first=True)


samples = [(torch.randn(8), torch.randint(1, 12, (n,))) for n in (3, 6, 4)]
model = Captioner(12)
loss_fn = nn.CrossEntropyLoss(ignore_index=0)
for images, captions in DataLoader(samples, batch_size=3, collate_fn=collate):
    logits = model(images, captions[:, :-1])
    loss_fn(logits.flatten(0, 1), captions[:, 1:].flatten()).backward()
