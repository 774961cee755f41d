import torch
import torch.nn as nn
from torch.autograd import Variable

use_gpu = torch.cuda.is_available()


class CharRNN(nn.Module):
    def __init__(self, vocab_size, embed_size, hidden_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.embed = nn.Embedding(vocab_size, embed_size)
        self.rnn = nn.GRU(embed_size, hidden_size, batch_first=True)
        self.out = nn.Linear(hidden_size, vocab_size)

    def forward(self, ids):
        h = Variable(self.embed.weight.new_zeros(1, ids.size(0), self.hidden_size))
        features, h = self.rnn(self.embed(ids), h)
        return self.out(features)


net = CharRNN(20, 8, 16)
if use_gpu:
    net = net.cuda()
ids = torch.randint(20, (4, 6))
logits = net(ids.cuda() if use_gpu else ids)
