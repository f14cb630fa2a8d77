// LabyrinthExplore: stand on every cell of a maze.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h). Maze, movement and window: envs/popgym/maze.h. The end stays a wall.
//
// Observation  nine cells of the window (0 free, 1 wall, 2 start), then the action just taken (4: none)
// Action       left, right, up, down
// Reward       +1/F on a cell for the first time, F the number of free cells (the start is none); else -1/1024
// End          terminated when the agent has stood on all of them; truncated by step 1023, both possible
// Privileged   the grid row by row, 4 on every cell that the agent has not stood on
// Belief       none, for the reason in envs/popgym/labyrinth_escape.h
// Returns      uniform actions -0.3558 / -0.6126 / -0.7422 (measured, standard errors below 0.0002). Who sees the maze, a tree, goes through
//              every door twice, but once on the way to the farthest cell, D steps from the start: 1 - (F - D)/1024, on average
//              0.98247 / 0.95728 / 0.91891 (measured, below 0.00002). The optimum is not known.
#pragma once

#include "envs/native.h"
#include "envs/popgym/maze.h"

typedef struct LabyrinthExploreState {
    Maze maze;         // first: the privileged state is a maze's
    int free, left;    // F; those that the agent has not stood on yet
} LabyrinthExploreState;

// A state whose maze is begun.
void labyrinth_explore_count(LabyrinthExploreState *state, int side);
