// Where the mines are, given clues: the exact probability of each cell of a board of MineSweeper (envs/popgym/mine_sweeper.h), by counting.
//
// All boards of M mines on S x S cells are equally likely, so the probability of a mine in a cell is the number of boards that fit the clues and
// have it, over the number of all that fit. To count them, the cells that a clue is about are gone through row by row. Two ways of placing
// mines so far are the same for all that follows if as many mines are used and every clue that is begun and not finished lacks as many: the pair is
// the state of a dynamic programme (Bellman, 1957), forward for ways to get to a state and backward for ways to go on from it. Cells that no clue
// is about share the other mines in every way there is. Counts are whole numbers of at most C(64, 10) < 2^38: nothing is rounded before the last
// division.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { MINE_SIDE_MAX = 8, MINE_CELLS_MAX = MINE_SIDE_MAX * MINE_SIDE_MAX, MINE_MINES_MAX = 10 };

// A set of cells is a word: cell r S + c is the bit of that number.
typedef struct MineBoard {
    int side, cells, mines;                    // S, S^2, M
    uint64_t neighbourhood[MINE_CELLS_MAX];    // of each cell: the at most 3 x 3 cells around it and itself
} MineBoard;

void mine_board_init(MineBoard *board, int side, int mines);

// How many cells are in a set: plain x86-64 has no instruction for it, so bits are added up in pairs, fours, bytes.
static inline int mine_count(uint64_t set) {
    set -= set >> 1 & 0x5555555555555555;
    set = (set & 0x3333333333333333) + (set >> 2 & 0x3333333333333333);
    set = (set + (set >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return (int)(set * 0x0101010101010101 >> 56);
}

typedef struct MineClues {
    uint64_t told;    // cells whose clue is known: how many mines are in the neighbourhood
    uint64_t hit;     // those of them that hold a mine; the others are clear
    uint8_t clue[MINE_CELLS_MAX];
} MineClues;

// The number of boards that fit, and unless that is 0, in `chance` [cells] the probability of a mine. Memory for the states is allocated for
// the duration of the call: 32 KiB, more where more than a thousand states are met.
uint64_t mine_belief(const MineBoard *board, const MineClues *clues, double *chance);
