import torch
from torch import nn


class POSTagger(nn.Module):
    def __init__(self, embedding_dim, hidden_dim, vocab_size, tagset_size):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim)
        self.hidden2tag = nn.Linear(hidden_dim, tagset_size)

    def forward(self, sentence):
        embeds = self.word_embeddings(sentence)
        lstm_out, _ = self.lstm(embeds.view(len(sentence), 1, -1))
        tag_space = self.hidden2tag(lstm_out.view(len(sentence), -1))
        return tag_space.log_softmax(dim=1)


model = POSTagger(6, 6, 20, 3)
loss_function = nn.NLLLoss()
for epoch in range(2):
    sentence, targets = torch.tensor([1, 2, 3, 4]), torch.tensor([0, 1, 2, 1])
    tag_scores = model(sentence)
    loss = loss_function(tag_scores, targets)
    loss.backward()
