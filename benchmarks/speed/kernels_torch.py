"""One training step of a recurrent layer in PyTorch, for `engram bench kernels`: forward, backward, Adam.

Requests: `open CELL FILE` takes the work from the file and answers 0, or 1 where the cell is not known; `step COUNT`
begins anew and does so many steps.

LSTM and GRU are PyTorch's own; the other cells are loops over time in Python.
"""
import copy

from cells_torch import LAYERS, library_stack
from contender import read_arrays, serve, torch

LIBRARY = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


class Work:
    def open(self, cell, path):
        if cell not in LIBRARY and cell not in LAYERS:
            return 1
        arrays = read_arrays(path)
        steps = int(arrays["settings"][0, 1])
        self.x, self.gradient = (arrays[name].reshape(steps, -1, arrays[name].shape[1]) for name in ("x", "gradient"))
        if cell in LIBRARY:
            self.layer = library_stack(LIBRARY[cell], arrays, 1)
        else:
            self.layer = LAYERS[cell](arrays, "layer0/")
        self.begin = copy.deepcopy(self.layer.state_dict())
        return 0

    def restart(self, words):
        if words[0] == "step":
            self.layer.load_state_dict(self.begin)
            self.optimiser = torch.optim.Adam(self.layer.parameters())

    def steps(self, count):
        for _ in range(count):
            self.optimiser.zero_grad()
            h, _state = self.layer(self.x)
            h.backward(self.gradient)
            self.optimiser.step()
        return lambda: (h.detach().double() * self.gradient.double()).sum().item()

    def piece(self, words):
        if words[0] == "open":
            return self.open(words[1], " ".join(words[2:]))
        return self.steps(int(words[1]))


def main():
    work = Work()
    serve(work.piece, work.restart, lambda words: int(words[1]) if words[0] == "step" else 1)


if __name__ == "__main__":
    main()
