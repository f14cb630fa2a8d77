// MineSweeper: open every cell that holds no mine.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Board        S x S = 4 x 4 / 6 x 6 / 8 x 8 cells, M = 2 / 6 / 10 mines, uniform; N = 14 / 30 / 54 other cells
// Observation  the number of mines in the 3 x 3 cells around the one that was just opened, itself included, one of min(M + 1, 10); at first 0,
//              which tells nothing. The action is not part of it
// Action       row and column of the cell to open. Nothing else is opened with it
// Reward       a mine -1/2 - 1/N; a clear cell 1/N; one that was opened before -1/(2 (N - 2))
// End          terminated by a mine, or when all others are open; else truncated by step N (of the paper's code: N + 1)
// Privileged   each cell, row by row: 0 clear, 1 mine, 2 opened. A mine that was hit stays 1
// Belief       exact, by parameters: the probability that each cell holds a mine, given all clues (envs/popgym/mine_belief.h); S^2 flags: opened; the
//              clue of each opened cell, else 0. It is the belief of one who is asked to act again, and so knows that what was opened is clear. Only
//              if a clear cell could not have had the clue is the cell known to hold a mine: probability 1, no flag. One who opens a mine and is not
//              told that the game is over may believe otherwise
// Returns      optimum 0.7661 on 4 x 4 cells (1287/1680, by recursion over all that can be known), else at most 1 (a player who sees the mines);
//              uniform actions -0.2311 / -0.4009 / -0.4323 (exact in mine_sweeper.c). Opening what is least likely to hold a mine (exact_belief)
//              0.754 / 0.559 / 0.587 (1267/1680; standard errors 0.010, 0.015)
#pragma once

#include "envs/native.h"
#include "envs/popgym/mine_belief.h"

typedef struct MineSweeperModel {
    MineBoard board;
    int safe, limit;               // N, the last step
    int draws, words;              // cells that are drawn from one random word, and words for all
    uint32_t least[2];             // of each word: what is left of it must not be below
    double found, lost, wasted;    // rewards of a clear cell, a mine and a cell that was opened before
} MineSweeperModel;

typedef struct MineSweeperState {
    uint64_t mines, opened;
    int steps;
} MineSweeperState;

typedef struct MineSweeperBelief {
    MineClues clues;
    uint64_t boards;    // that fit: the entropy of the board is the logarithm of their number
    double chance[MINE_CELLS_MAX];
} MineSweeperBelief;
