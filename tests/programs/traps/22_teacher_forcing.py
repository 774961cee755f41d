import torch
from torch import nn

SOS = 1


class Translator(nn.Module):
    def __init__(self, src_vocab, tgt_vocab, hidden):
        super().__init__()
        self.src = nn.Embedding(src_vocab, hidden)
        self.tgt = nn.Embedding(tgt_vocab, hidden)
        self.encoder = nn.GRU(hidden, hidden, batch_first=True)
        self.decoder = nn.GRU(hidden, hidden, batch_first=True)
        self.out = nn.Linear(hidden, tgt_vocab)

    def decode_step(self, token, hidden):
        output, hidden = self.decoder(torch.relu(self.tgt(token)), hidden)
        return self.out(output), hidden

    def forward(self, source, target=None, max_len=6):
        _, hidden = self.encoder(self.src(source))
        token = torch.full((source.size(0), 1), SOS, dtype=torch.long, device=source.device)
        outputs = []
        for i in range(max_len):
            logits, hidden = self.decode_step(token, hidden)
            outputs.append(logits)
            if target is not None:
                token = target[:, i].unsqueeze(1)
            else:
                token = logits.topk(1)[1].squeeze(-1).detach()
        return torch.cat(outputs, dim=1), hidden


model = Translator(20, 15, 8)
target = torch.randint(2, 15, (3, 6))
logits, _ = model(torch.randint(0, 20, (3, 9)), target)
loss = nn.CrossEntropyLoss()(logits.view(-1, logits.size(-1)), target.view(-1))
loss.backward()
with torch.no_grad():
    print(model(torch.randint(0, 20, (2, 5)))[0].argmax(-1).shape)
