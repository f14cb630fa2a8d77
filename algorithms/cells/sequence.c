#include "algorithms/cells/sequence.h"

#include <string.h>

#include "algorithms/cells/fused.h"

bool cell_packed(int rows, int steps, const int *active) {
    int64_t sum = 0;
    for (int t = 0; t < steps; t++) {
        if (active[t] < 0 || (t && active[t] > active[t - 1])) return false;
        sum += active[t];
    }
    return steps > 0 && sum == rows;
}

// As sequences end, states lose their last rows.
Node *cell_unroll(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active) {
    assert(cell_packed(x->value.rows, steps, active));
    Node **outputs = tape_scratch(tape, (size_t)steps * sizeof(Node *));
    Node *projected = cell->project(tape, weights, x);
    Node *state[CELL_STATES_MAX], *next[CELL_STATES_MAX] = {0};
    for (int s = 0; s < cell->state_count; s++) state[s] = tape_zeros(tape, active[0], hidden);
    for (int t = 0, first = 0; t < steps; first += active[t], t++) {
        for (int s = 0; s < cell->state_count; s++) {
            if (state[s]->value.rows > active[t]) state[s] = tape_rows(tape, state[s], 0, active[t]);
        }
        cell->step(tape, weights, hidden, tape_rows(tape, projected, first, active[t]), state, next);
        memcpy(state, next, sizeof state);
        outputs[t] = state[0];
    }
    return tape_concat_rows(tape, steps, outputs);
}

Node *cell_sequence(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active) {
    if (cell->fused && linalg_is_portable(tape_linalg(tape)))
        return fused_sequence(cell, tape, weights, hidden, x, steps, active);
    return cell_unroll(cell, tape, weights, hidden, x, steps, active);
}
