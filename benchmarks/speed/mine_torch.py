"""MINE in PyTorch, for `engram bench mine`: one epoch of training and the validation after it.

    mine_torch.py FILE        requests: `EPOCH`, any word; each continues training

A statistic network with ReLU on concat(hidden, belief); a belief of several particles is represented by a Deep Set (three
layers on every particle, their sum, a fourth layer), as in the released program. Joint and marginal batches by three permutations; the denominator
of the gradient's log term is a moving average (Belghazi et al. 2018; as in the belief study of 2022).
"""
import sys

from contender import read_arrays, serve, torch


class LogMeanExp(torch.autograd.Function):
    """log mean exp t, whose gradient is exp(t_i) / (n average)."""

    @staticmethod
    def forward(ctx, t, average):
        ctx.save_for_backward(t, average)
        return torch.logsumexp(t, 0) - torch.log(torch.tensor(float(t.shape[0])))

    @staticmethod
    def backward(ctx, gradient):
        t, average = ctx.saved_tensors
        return gradient * torch.exp(t) / (t.shape[0] * average), None


def network(arrays, names):
    """Layers by name, with ReLU between them."""
    modules = []
    for name in names:
        weight = arrays[name + "/weight"]
        linear = torch.nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(weight.T)
            linear.bias.copy_(arrays[name + "/bias"][0])
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


class DeepSet(torch.nn.Module):
    def __init__(self, arrays):
        super().__init__()
        self.phi = network(arrays, ["set0/phi1", "set0/phi2", "set0/phi3"])
        self.rho = network(arrays, ["set0/rho"])

    def forward(self, particles):
        return self.rho(self.phi(particles).sum(1))


class Mine:
    def __init__(self, arrays):
        self.hidden, self.belief = arrays["hidden"], arrays["belief"]
        batch, held, alpha, rate, layers, particles = arrays["settings"][0].tolist()
        self.batch, self.held, self.alpha = int(batch), int(held), alpha
        names = [f"layer{layer}" for layer in range(int(layers))] + ["output"]
        self.network = network(arrays, names)
        parameters = list(self.network.parameters())
        self.represent = None
        if particles > 1:
            self.belief = self.belief.reshape(len(self.belief), int(particles), -1)
            self.represent = DeepSet(arrays)
            parameters += list(self.represent.parameters())
        self.optimiser = torch.optim.Adam(parameters, lr=rate)
        self.average = None
        self.fitted_order = arrays["fitted"].long()
        self.held_order = arrays["held"].long()

    def statistic(self, hidden, belief):
        if self.represent:
            belief = self.represent(belief)
        return self.network(torch.cat((hidden, belief), 1))[:, 0]

    def objective(self, t_joint, t_marginal):
        mean = torch.exp(t_marginal.detach()).mean()
        self.average = mean if self.average is None else self.alpha * mean + (1 - self.alpha) * self.average
        return t_joint.mean() - LogMeanExp.apply(t_marginal, self.average)

    def epoch(self):
        hidden, belief = self.hidden[self.held:], self.belief[self.held:]
        total, batches = 0.0, 0
        for first in range(0, len(hidden), self.batch):
            joint, left, right = self.fitted_order[:, first:first + self.batch]
            t_joint = self.statistic(hidden[joint], belief[joint])
            t_marginal = self.statistic(hidden[left], belief[right])
            loss = -self.objective(t_joint, t_marginal)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            total -= loss.item()
            batches += 1
        return total / batches

    def validate(self):
        hidden, belief = self.hidden[:self.held], self.belief[:self.held]
        left, right = self.held_order
        with torch.no_grad():
            t_joint = self.statistic(hidden, belief)
            t_marginal = self.statistic(hidden[left], belief[right])
            return (t_joint.mean() - torch.logsumexp(t_marginal, 0)).item()


def main():
    mine = Mine(read_arrays(sys.argv[1]))

    def piece(_words):
        value = mine.epoch()
        mine.validate()
        return value

    serve(piece)


if __name__ == "__main__":
    main()
