"""Recurrent cells and networks in PyTorch, from weights as `engram bench` writes them: names such as layer0/input."""
from contender import torch


# ---- cells that PyTorch does not have: loops over time, one layer each -----------------------------------------------------

class LoopLayer(torch.nn.Module):
    """x [T, B, I] and h [B, H] or None -> h of all steps [T, B, H] and the last one."""

    def __init__(self, weights, prefix):
        super().__init__()
        self.names = [name[len(prefix):] for name in weights if name.startswith(prefix)]
        for name in self.names:
            self.register_parameter(name, torch.nn.Parameter(weights[prefix + name].clone()))

    def forward(self, x, h=None):
        if h is None:
            h = x.new_zeros(x.shape[1], self.hidden())
        projected = x @ self.input + self.bias
        outputs = []
        for now in projected:
            h = self.step(now, h)
            outputs.append(h)
        return torch.stack(outputs), h


class MguLayer(LoopLayer):
    def hidden(self):
        return self.forget_recurrent.shape[0]

    def step(self, now, h):
        forget, candidate = now.chunk(2, 1)
        f = torch.sigmoid(forget + h @ self.forget_recurrent)
        n = torch.tanh(candidate + (f * h) @ self.candidate_recurrent)
        return (1 - f) * h + f * n


class BistableLayer(LoopLayer):
    def step(self, now, h):
        update, feedback, candidate = now.chunk(3, 1)
        from_update, from_feedback = self.memory(h)
        c = torch.sigmoid(update + from_update)
        a = 1 + torch.tanh(feedback + from_feedback)
        return c * h + (1 - c) * torch.tanh(candidate + a * h)


class BrcLayer(BistableLayer):
    def hidden(self):
        return self.update_recurrent.shape[1]

    def memory(self, h):
        return h * self.update_recurrent, h * self.feedback_recurrent


class NbrcLayer(BistableLayer):
    def hidden(self):
        return self.recurrent.shape[0]

    def memory(self, h):
        return (h @ self.recurrent).chunk(2, 1)


class ElmanLayer(LoopLayer):
    def hidden(self):
        return self.recurrent.shape[0]

    def step(self, now, h):
        return torch.tanh(now + h @ self.recurrent)


class LeakyLayer(ElmanLayer):
    def step(self, now, h):
        a = torch.sigmoid(self.leak)
        return a * torch.tanh(now + h @ self.recurrent) + (1 - a) * h


class GatedLayer(ElmanLayer):
    def step(self, now, h):
        gate, candidate = (now + h @ self.recurrent).chunk(2, 1)
        g = torch.sigmoid(gate)
        return g * torch.tanh(candidate) + (1 - g) * h


class FeedforwardLayer(LoopLayer):
    def forward(self, x, h=None):
        outputs = torch.relu(x @ self.input + self.bias)
        return outputs, outputs[-1]


LAYERS = {"mgu": MguLayer, "brc": BrcLayer, "nbrc": NbrcLayer, "feedforward": FeedforwardLayer, "elman": ElmanLayer,
          "leaky": LeakyLayer, "gated": GatedLayer}


class LoopStack(torch.nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)

    def forward(self, x, states=None):
        states = states or [None] * len(self.layers)
        last = []
        for layer, state in zip(self.layers, states):
            x, h = layer(x, state)
            last.append(h)
        return x, last


# ---- the network -------------------------------------------------------------------------------------------------------

def library_stack(kind, weights, layers):
    inputs, columns = weights["layer0/input"].shape
    hidden = columns // (3 if kind is torch.nn.GRU else 4)
    stack = kind(inputs, hidden, layers)
    names = {"weight_ih": "input", "weight_hh": "recurrent", "bias_ih": "input_bias", "bias_hh": "recurrent_bias"}
    with torch.no_grad():
        for layer in range(layers):
            for theirs, ours in names.items():
                value = weights[f"layer{layer}/{ours}"]
                getattr(stack, f"{theirs}_l{layer}").copy_(value.T if theirs.startswith("weight") else value[0])
    return stack


class QNetwork(torch.nn.Module):
    def __init__(self, cell, weights, layers):
        super().__init__()
        libraries = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
        if cell in libraries:
            self.stack = library_stack(libraries[cell], weights, layers)
        else:
            self.stack = LoopStack([LAYERS[cell](weights, f"layer{layer}/") for layer in range(layers)])
        head = weights["head/weight"]
        self.head = torch.nn.Linear(*head.shape)
        with torch.no_grad():
            self.head.weight.copy_(head.T)
            self.head.bias.copy_(weights["head/bias"][0])

    def forward(self, x, state=None):
        h, state = self.stack(x, state)
        return self.head(h), state
