import torch
from torch import nn, Tensor
import torch.nn.utils.rnn as R


class SentenceEncoder(nn.Module):
    """Encodes a batch of sentences."""

    def __init__(self, vocab: int, dim: int = 5, hidden: int = 6) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab, dim, padding_idx=0)
        self.rnn = nn.RNN(dim, hidden, nonlinearity="relu", batch_first=True)

    def forward(self, ids: Tensor) -> Tensor:
        lengths = (ids != 0).sum(dim=1).cpu()
        packed = R.pack_padded_sequence(self.table(ids), lengths, batch_first=True, enforce_sorted=False)
        hidden_states, _ = R.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return hidden_states[torch.arange(ids.size(0)), lengths - 1]


class Matcher(nn.Module):
    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.score = nn.Bilinear(6, 6, 1)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return self.score(self.encoder(a), self.encoder(b))


matcher = Matcher(SentenceEncoder(30))

# run: matcher(torch.tensor([[1, 2, 3], [4, 5, 0]]), torch.tensor([[1, 2, 3], [4, 0, 0]]))
