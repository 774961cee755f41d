import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence


class DecoderRNN(nn.Module):
    def __init__(self, embed_size, hidden_size, vocab_size):
        super().__init__()
        self.embed = nn.Embedding(vocab_size, embed_size)
        self.lstm = nn.LSTM(embed_size, hidden_size, 1, batch_first=True)
        self.linear = nn.Linear(hidden_size, vocab_size)

    def forward(self, features, captions, lengths):
        embeddings = torch.cat((features.unsqueeze(1), self.embed(captions)), 1)
        packed = pack_padded_sequence(embeddings, lengths, batch_first=True)
        hiddens, _ = self.lstm(packed)
        return self.linear(hiddens[0])


decoder = DecoderRNN(5, 6, 12)
captions, lengths = torch.randint(0, 12, (3, 7)), [7, 5, 2]
targets = pack_padded_sequence(captions, lengths, batch_first=True)[0]
outputs = decoder(torch.randn(3, 5), captions, lengths)
loss = nn.CrossEntropyLoss()(outputs, targets)
