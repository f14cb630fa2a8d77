"""The T-Maze in Python, and a policy that acts in it: for `engram bench drqn` and `engram bench envs`."""
import random

from contender import torch


class TMaze:
    """Actions: 0 right, 1 up, 2 left, 3 down. Observations: goal up, goal down, corridor, crossroad."""

    def __init__(self, length, stochasticity, horizon):
        self.length, self.stochasticity, self.horizon = length, stochasticity, horizon
        self.sights = list(torch.eye(4))    # made once: building a tensor costs more than a step

    def reset(self):
        self.goal_up, self.position, self.time = random.random() < 0.5, 0, 0
        return self.observe()

    def observe(self):
        if self.position == 0:
            return self.sights[0 if self.goal_up else 1]
        return self.sights[2 if self.position < self.length else 3]

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
