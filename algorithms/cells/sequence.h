// A cell over a whole ragged batch of sequences.
//
// Rows are packed: time step after time step, one row for each sequence that is still running. Sequences are sorted by decreasing
// length, so step t has the first active[t] of them, and `active` does not increase.
#pragma once

#include "algorithms/cells/cell.h"

// Whether `rows` rows are packed so.
bool cell_packed(int rows, int steps, const int *active);

// x [sum of active, I] -> h after every step [sum of active, H], from a zero state: by the cell's fused operation where it has one,
// otherwise by its step program.
Node *cell_sequence(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active);

// The same by the step program, always: what a fused operation is tested against.
Node *cell_unroll(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active);

// The same, and the states after the last step of each sequence, in their sorted order: finals[kind] [active[0], H].
Node *cell_unroll_states(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps,
                         const int *active, Node **finals);

// Feeds the same input u [1, I] to every row for `steps` steps, from states[kind] [B, H], which are replaced by the last ones.
void cell_hold(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *u, int steps, Node **states);
