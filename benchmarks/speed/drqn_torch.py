"""Recurrent Q-learning in PyTorch, for `engram bench drqn`: the learning of one episode from a fixed replay memory.

    drqn_torch.py FILE CELL        requests: `single EPISODE STEPS` or `padded EPISODE STEPS`

As the belief study's program (TMLR 2022) does it: full histories, targets by the target network, loss on the last step,
padded histories, Adam; then the policy acts for STEPS steps. `single` evaluates the targets one transition at a time, as
that program does; `padded` in one batch. Each request begins from the same weights.
"""
import copy
import sys

from cells_torch import QNetwork
from contender import read_arrays, serve, torch
from tmaze_torch import TMaze, act
from torch.nn.utils.rnn import pad_sequence


# ---- learning ------------------------------------------------------------------------------------------------------------

class Learner:
    def __init__(self, arrays, cell):
        settings = arrays["settings"][0].tolist()
        self.discount, self.rate, self.epsilon, stochasticity = settings[:4]
        self.steps, layers, length, horizon = (int(number) for number in settings[4:8])
        self.inputs = arrays["input"]
        self.first, self.time, self.action, terminal = arrays["transition"].T.tolist()
        self.reward, self.going = arrays["reward"][:, 0], 1 - torch.tensor(terminal, dtype=torch.float32)
        self.batches = arrays["batch"].tolist()
        online = {name[7:]: value for name, value in arrays.items() if name.startswith("online/")}
        target = {name[7:]: value for name, value in arrays.items() if name.startswith("target/")}
        self.begin, self.target = QNetwork(cell, online, layers), QNetwork(cell, target, layers)
        self.maze = TMaze(length, stochasticity, horizon)

    def history(self, transition, inputs):
        """The first `inputs` inputs of its episode beyond time t."""
        first = self.first[transition]
        return self.inputs[first:first + self.time[transition] + inputs]

    def values_one_by_one(self, batch):
        return torch.stack([self.target(self.history(k, 2)[:, None])[0][-1, 0] for k in batch])

    def last_values(self, network, batch, inputs):
        histories = [self.history(k, inputs) for k in batch]
        values, _state = network(pad_sequence(histories))
        mask = torch.zeros(values.shape[:2], dtype=torch.bool)
        for column, history in enumerate(histories):
            mask[len(history) - 1, column] = True
        return values.transpose(0, 1)[mask.T]

    def gradient_step(self, network, optimiser, batch, single):
        with torch.no_grad():
            future = self.values_one_by_one(batch) if single else self.last_values(self.target, batch, 2)
            index = torch.tensor(batch)
            y = self.reward[index] + self.discount * self.going[index] * future.max(1).values
        values = self.last_values(network, batch, 1)
        chosen = values.gather(1, torch.tensor([[self.action[k]] for k in batch]))[:, 0]
        loss = torch.nn.functional.mse_loss(chosen, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    def episode(self, single, number, acting_steps):
        network = copy.deepcopy(self.begin)
        optimiser = torch.optim.Adam(network.parameters(), lr=self.rate)
        batches = self.batches[number * self.steps:(number + 1) * self.steps]
        losses = [self.gradient_step(network, optimiser, batch, single) for batch in batches]
        act(network, self.maze, acting_steps, self.epsilon)
        return sum(losses) / len(losses)


def main():
    learner = Learner(read_arrays(sys.argv[1]), sys.argv[2])
    serve(lambda words: learner.episode(words[0] == "single", int(words[1]), int(words[2])))


if __name__ == "__main__":
    main()
