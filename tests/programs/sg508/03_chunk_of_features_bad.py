import torch
import torch.nn as nn
import torch.nn.functional as F


class Captioner(nn.Module):
    def __init__(self, n_pixels, n_words, n_hidden):
        super().__init__()
        self.image = nn.Linear(n_pixels, 2 * n_hidden)
        self.embed = nn.Embedding(n_words, n_hidden)
        self.lstm = nn.LSTM(n_hidden, n_hidden, batch_first=True)
        self.out = nn.Linear(n_hidden, n_words)

    def forward(self, image, words):
        start = F.relu(self.image(image.flatten(1)))
        h0, c0 = start.chunk(2, dim=1)
        state = (h0.unsqueeze(0), c0.unsqueeze(0))
        out, _ = self.lstm(self.embed(words), state)  # !SG508
        return self.out(out)


# run: Captioner(12, 20, 5)(torch.randn(3, 1, 3, 4), torch.randint(20, (3, 6)))
