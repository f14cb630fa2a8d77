"""Supervised learning of whole sequences in PyTorch, for `engram bench sequence`: forward, loss, backward, Adam.

Requests: `open NUMBER CELL FILE` takes the work of that number from the file and answers 0; `step NUMBER COUNT` begins
anew, does so many gradient steps and answers the loss before the first.

The loss is the mean squared error of the last step's output, or, where the work has labels, the cross-entropy of every
step's. Subnormal numbers are zero, as on the other side.
"""
import copy

from cells_torch import QNetwork
from contender import read_arrays, serve, torch


class Work:
    def __init__(self, cell, path):
        arrays = read_arrays(path)
        steps, layers = arrays["settings"][0].tolist()
        self.x = arrays["x"].reshape(steps, -1, arrays["x"].shape[1])
        self.value, self.label = arrays.get("value"), arrays.get("label")
        self.network = QNetwork(cell, arrays, layers)
        self.begin = copy.deepcopy(self.network.state_dict())

    def restart(self):
        self.network.load_state_dict(self.begin)
        self.optimiser = torch.optim.Adam(self.network.parameters())

    def outputs(self):
        h, _state = self.network.stack(self.x)
        return self.network.head(h[-1]) if self.label is None else self.network.head(h).flatten(0, 1)

    def loss(self, outputs):
        if self.label is None:
            return torch.nn.functional.mse_loss(outputs, self.value.to(outputs.dtype))
        return torch.nn.functional.cross_entropy(outputs, self.label.flatten().long())

    def steps(self, count):
        first = None
        for _ in range(count):
            self.optimiser.zero_grad()
            outputs = self.outputs()
            first = outputs.detach() if first is None else first
            self.loss(outputs).backward()
            self.optimiser.step()
        return lambda: self.loss(first.double()).item()    # a sum over so many steps loses digits in single precision


def main():
    torch.set_flush_denormal(True)
    works = {}

    def prepare(words):
        if words[0] == "step":
            works[words[1]].restart()

    def piece(words):
        if words[0] == "open":
            works[words[1]] = Work(words[2], " ".join(words[3:]))
            return 0
        return works[words[1]].steps(int(words[2]))

    serve(piece, prepare, lambda words: int(words[2]) if words[0] == "step" else 1)


if __name__ == "__main__":
    main()
