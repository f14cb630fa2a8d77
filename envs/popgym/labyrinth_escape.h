// LabyrinthEscape: find the way out of a maze.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h). Maze, movement and window: envs/popgym/maze.h. The end is marked as the goal.
//
// Observation  nine cells of the window (0 free, 1 wall, 2 start, 3 goal), then the action just taken (4: none)
// Action       left, right, up, down
// Reward       -1/1024; +1 more on the step that reaches the goal
// End          terminated at the goal; truncated by step 1023, both possible
// Privileged   the grid row by row, 4 on every cell that the agent has not stood on
// Belief       none. The posterior over mazes has no closed form: a 5 x 5 grid of rooms already has 557,568,000 spanning trees, which the generator
//              does not draw uniformly, and particles that are drawn blindly do not survive the windows.
// Returns      uniform actions -0.417 / -0.834 / -0.956 (measured, standard errors below 0.0008); who sees the maze goes the shortest path, of d
//              steps: 1 - d/1024, on average 0.97888 / 0.96488 / 0.94904 (measured, below 0.00002). The optimum is not known.
#pragma once

#include "envs/native.h"
#include "envs/popgym/maze.h"
