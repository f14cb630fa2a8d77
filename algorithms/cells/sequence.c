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

// As sequences end, states lose their last rows; what they lose are the finals of the sequences that ended.
Node *cell_unroll_states(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps,
                         const int *active, Node **finals) {
    assert(cell_packed(x->value.rows, steps, active));
    Node **outputs = tape_scratch(tape, (size_t)steps * sizeof(Node *));
    Node *projected = cell->project(tape, weights, x);
    Node *state[CELL_STATES_MAX], *next[CELL_STATES_MAX] = {0};
    Node **ended[CELL_STATES_MAX];    // latest first: the sorted order is from the last step to the first
    int ended_count = 0;
    for (int s = 0; s < cell->state_count; s++) {
        state[s] = tape_zeros(tape, active[0], hidden);
        ended[s] = tape_scratch(tape, (size_t)steps * sizeof(Node *));
    }
    for (int t = 0, first = 0; t < steps; first += active[t], t++) {
        cell->step(tape, weights, hidden, tape_rows(tape, projected, first, active[t]), state, next);
        memcpy(state, next, sizeof state);
        outputs[t] = state[0];
        int going_on = t + 1 < steps ? active[t + 1] : 0;
        if (going_on == active[t]) continue;
        ended_count++;
        for (int s = 0; s < cell->state_count; s++) {
            ended[s][steps - ended_count] = tape_rows(tape, state[s], going_on, active[t] - going_on);
            if (going_on) state[s] = tape_rows(tape, state[s], 0, going_on);
        }
    }
    for (int s = 0; finals && s < cell->state_count; s++)
        finals[s] = tape_concat_rows(tape, ended_count, ended[s] + steps - ended_count);
    return tape_concat_rows(tape, steps, outputs);
}

Node *cell_unroll(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active) {
    return cell_unroll_states(cell, tape, weights, hidden, x, steps, active, NULL);
}

void cell_hold(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *u, int steps, Node **states) {
    assert(u->value.rows == 1);
    Node *projected = cell->project(tape, weights, u), *next[CELL_STATES_MAX] = {0};
    Node *all = tape_add_row(tape, tape_zeros(tape, states[0]->value.rows, projected->value.cols), projected);
    for (int t = 0; t < steps; t++) {
        cell->step(tape, weights, hidden, all, states, next);
        memcpy(states, next, (size_t)cell->state_count * sizeof *states);
    }
}

Node *cell_sequence(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active) {
    if (cell->fused && linalg_is_portable(tape_linalg(tape)))
        return fused_sequence(cell, tape, weights, hidden, x, steps, active);
    return cell_unroll(cell, tape, weights, hidden, x, steps, active);
}
