import torch
import torch.nn as nn


class BiLSTMTagger(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_dim):
        super().__init__()
        self.hidden_dim = hidden_dim
        self.word_embeds = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim // 2, num_layers=1, bidirectional=True)
        self.hidden = None

    def init_hidden(self, like):
        size = (2, 1, self.hidden_dim // 2)
        return (torch.zeros(size, device=like.device),
                torch.zeros(size, device=like.device))

    def _features(self, sentence):
        self.hidden = self.init_hidden(sentence)
        embeds = self.word_embeds(sentence).view(len(sentence), 1, -1)
        lstm_out, self.hidden = self.lstm(embeds, self.hidden)
        return lstm_out.view(len(sentence), self.hidden_dim)

    def forward(self, sentence):
        return self._features(sentence)

# run: BiLSTMTagger(10, 4, 6)(torch.randint(10, (5,)))
