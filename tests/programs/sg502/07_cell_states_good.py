import torch as th


class PixelReader(th.nn.Module):
    def __init__(self, n_rows, n_hidden):
        super().__init__()
        self.n_hidden = n_hidden
        self.step = th.nn.LSTMCell(n_rows, n_hidden)
        self.out = th.nn.Linear(n_hidden, 10)

    def forward(self, image):
        batch = image.shape[0]
        h = c = th.zeros(batch, self.n_hidden).type_as(image)
        for row in image.unbind(1):
            h, c = self.step(row, (h, c))
        return self.out(h)


def main():
    device = "cuda" if th.cuda.is_available() else "cpu"
    model = PixelReader(28, 16)
    model = model.to(device)
    return model(th.randn(2, 28, 28, device=device))

# run: main()
