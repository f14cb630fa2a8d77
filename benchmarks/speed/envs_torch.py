"""Acting in the T-Maze with a PyTorch network, for `engram bench envs`.

    envs_torch.py FILE CELL        requests: `alone STEPS 1`, `network STEPS 1`, `act STEPS BATCH`

`act` plays BATCH episodes side by side, STEPS steps in all; the network reads them as one batch.
"""
import random
import sys

from cells_torch import QNetwork
from contender import read_arrays, serve, torch
from tmaze_torch import TMaze, act


def forget(state, row):
    """The state of one episode back to zero, in any form that a stack has it in."""
    for part in state if isinstance(state, (tuple, list)) else (state,):
        part[..., row, :] = 0


class Player:
    def __init__(self, arrays, cell):
        length, self.stochasticity, horizon, layers, self.epsilon = arrays["settings"][0].tolist()
        self.length, self.horizon = int(length), int(horizon)
        self.network = QNetwork(cell, arrays, int(layers))
        self.maze = self.new_maze()

    def new_maze(self):
        return TMaze(self.length, self.stochasticity, self.horizon)

    def alone(self, steps):
        maze = self.maze
        maze.reset()
        for _ in range(steps):
            if maze.step(random.randrange(4))[2]:
                maze.reset()
        return 0

    def read(self, steps):
        """The network alone; the sum of its last outputs."""
        with torch.no_grad():
            x, state = torch.zeros(1, 1, 8), None
            x[0, 0, 4] = 1
            for _ in range(steps):
                values, state = self.network(x, state)
        return values.sum().item()

    def act_side_by_side(self, steps, batch):
        mazes = [self.new_maze() for _ in range(batch)]
        x, state = torch.zeros(1, batch, 8), None
        for row, maze in enumerate(mazes):
            x[0, row, 4:] = maze.reset()
        with torch.no_grad():
            for _ in range(max(1, steps // batch)):
                values, state = self.network(x, state)
                x[:, :, :4] = 0
                for row, action in enumerate(values[0].argmax(1).tolist()):
                    maze = mazes[row]
                    if random.random() < self.epsilon:
                        action = maze.explore()
                    observation, _reward, done = maze.step(action)
                    if done:
                        observation = maze.reset()
                        forget(state, row)
                    else:
                        x[0, row, action] = 1
                    x[0, row, 4:] = observation
        return 0

    def piece(self, words):
        what, steps, batch = words[0], int(words[1]), int(words[2])
        if what == "alone":
            return self.alone(steps)
        if what == "network":
            return self.read(steps)
        if batch > 1:
            return self.act_side_by_side(steps, batch)
        act(self.network, self.maze, steps, self.epsilon)
        return 0


def main():
    player = Player(read_arrays(sys.argv[1]), sys.argv[2])
    serve(player.piece)


if __name__ == "__main__":
    main()
