from argparse import Namespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class LightningModule(nn.Module):
    def save_hyperparameters(self, **values):
        self.hparams = Namespace(**values)

    def log(self, name, value, **kwargs):
        print(f"{name}={float(value):.3f}")


class LitSequenceClassifier(LightningModule):
    def __init__(self, n_features: int, n_hidden: int = 16, n_layers: int = 3, n_classes: int = 4, dropout: float = 0.3, lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters(lr=lr, n_classes=n_classes)
        self.lstm = nn.LSTM(
            input_size=n_features,
            hidden_size=n_hidden,
            num_layers=n_layers,
            batch_first=True,
            dropout=dropout,
        )
        self.classifier = nn.Linear(n_hidden, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        self.lstm.flatten_parameters()
        _, (hidden, _) = self.lstm(x)
        return self.classifier(hidden[-1])

    def _shared_step(self, batch, stage: str) -> Tensor:
        x, y = batch
        logits = self(x)
        loss = F.cross_entropy(logits, y)
        accuracy = (logits.argmax(dim=1) == y).float().mean()
        self.log(f"{stage}_loss", loss.detach(), prog_bar=True)
        self.log(f"{stage}_accuracy", accuracy)
        return loss

    def training_step(self, batch, batch_idx):
        return self._shared_step(batch, "train")

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)


model = LitSequenceClassifier(5)
loader = DataLoader(TensorDataset(torch.randn(10, 8, 5), torch.randint(0, 4, (10,))), batch_size=4, shuffle=True)
optimizer = model.configure_optimizers()
for i, batch in enumerate(loader):
    optimizer.zero_grad()
    model.training_step(batch, i).backward()
    optimizer.step()
