"""Recurrent Q-learning in PyTorch, for `engram bench drqn`: the learning of one episode from a fixed replay memory.

    drqn_torch.py FILE CELL        requests: `single EPISODE STEPS` or `padded EPISODE STEPS`

As the belief study's program (TMLR 2022) does it: full histories, targets by the target network, loss on the last step,
padded histories, Adam; then the policy acts for STEPS steps. `single` evaluates the targets one transition at a time, as
that program does; `padded` in one batch. Each request begins from the same weights.
"""
import copy
import random
import sys

from contender import read_arrays, serve, torch
from torch.nn.utils.rnn import pad_sequence


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
                getattr(stack, f"{theirs}_l{layer}").copy_(value.T if value.shape[0] > 1 else value[0])
    return stack


class QNetwork(torch.nn.Module):
    def __init__(self, cell, weights, layers):
        super().__init__()
        libraries = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
        loops = {"mgu": MguLayer, "brc": BrcLayer, "nbrc": NbrcLayer}
        if cell in libraries:
            self.stack = library_stack(libraries[cell], weights, layers)
        else:
            self.stack = LoopStack([loops[cell](weights, f"layer{layer}/") for layer in range(layers)])
        head = weights["head/weight"]
        self.head = torch.nn.Linear(*head.shape)
        with torch.no_grad():
            self.head.weight.copy_(head.T)
            self.head.bias.copy_(weights["head/bias"][0])

    def forward(self, x, state=None):
        h, state = self.stack(x, state)
        return self.head(h), state


# ---- the environment: T-Maze, for the policy to act in -----------------------------------------------------------------

class TMaze:
    """Actions: 0 right, 1 up, 2 left, 3 down. Observations: goal up, goal down, corridor, crossroad."""

    def __init__(self, length, stochasticity, horizon):
        self.length, self.stochasticity, self.horizon = length, stochasticity, horizon

    def reset(self):
        self.goal_up, self.position, self.time = random.random() < 0.5, 0, 0
        return self.observe()

    def observe(self):
        one_hot = torch.zeros(4)
        if self.position == 0:
            one_hot[0 if self.goal_up else 1] = 1
        else:
            one_hot[2 if self.position < self.length else 3] = 1
        return one_hot

    def step(self, action):
        if random.random() < self.stochasticity:
            action = random.randrange(4)
        before, corner = self.position, self.length
        if action == 0 and before < corner:
            self.position += 1
        elif action == 2 and before > 0:
            self.position -= 1
        elif before == corner and action in (1, 3):
            self.position = corner + (1 if action == 1 else 2)
        self.time += 1
        arrived = self.position > corner
        if arrived:
            reward = 4.0 if (action == 1) == self.goal_up else -0.1
        else:
            reward = -0.1 if self.position == before else 0.0
        return self.observe(), reward, arrived or self.time >= self.horizon

    def explore(self):
        return random.choices((0, 1, 2, 3), (3, 1, 1, 1))[0]


def act(network, maze, steps, epsilon):
    """An epsilon-greedy policy for so many steps; the network reads every observation."""
    with torch.no_grad():
        done = True
        for _ in range(steps):
            if done:
                observation, action, state = maze.reset(), None, None
            previous = torch.zeros(4)
            if action is not None:
                previous[action] = 1
            values, state = network(torch.cat((previous, observation))[None, None], state)
            greedy = values[0, 0].argmax().item()
            action = maze.explore() if random.random() < epsilon else greedy
            observation, _reward, done = maze.step(action)


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
