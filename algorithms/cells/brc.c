// Bistable recurrent cell (Vecoven, Ernst, Drion 2021): each unit remembers on its own, through w * h.
//
//     c  = s(U_c x + w_c * h + b_c)               a = 1 + tanh(U_a x + w_a * h + b_a)
//     h' = c * h + (1 - c) * tanh(U_h x + a * h + b_h)
//
// Matrices start Glorot uniform, biases at zero, w_c and w_a at one.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, UPDATE_RECURRENT, FEEDBACK_RECURRENT, BIAS, WEIGHT_COUNT };    // columns of INPUT and BIAS: c, a, h

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 3 * hidden);
    cell_declare(weights, prefix, "update_recurrent", 1, hidden);
    cell_declare(weights, prefix, "feedback_recurrent", 1, hidden);
    cell_declare(weights, prefix, "bias", 1, 3 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    cell_glorot(weights, first + INPUT, input, hidden, rng);
    weights_fill(weights, first + UPDATE_RECURRENT, 1);
    weights_fill(weights, first + FEEDBACK_RECURRENT, 1);
    weights_fill(weights, first + BIAS, 0);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *h = state[0];
    Node *update = tape_add(tape, tape_cols(tape, projected, 0, hidden), tape_mul_row(tape, h, weights[UPDATE_RECURRENT]));
    Node *feedback =
        tape_add(tape, tape_cols(tape, projected, hidden, hidden), tape_mul_row(tape, h, weights[FEEDBACK_RECURRENT]));
    next[0] = cell_bistable_update(tape, update, feedback, tape_cols(tape, projected, 2 * hidden, hidden), h);
}

static const FusedCell fused = {
    .kind = FUSED_BRC,
    .x = {{INPUT, 2}, {INPUT, 0}, {INPUT, 1}},    // candidate, c, a
    .bias = {{{BIAS, 2}, FUSED_NONE}, {{BIAS, 0}, FUSED_NONE}, {{BIAS, 1}, FUSED_NONE}},
    .vector_count = 2,
    .vectors = {{UPDATE_RECURRENT, 0}, {FEEDBACK_RECURRENT, 0}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_SELF, CELL_SELF, CELL_BIAS},
    .bias_vectors = 1,
};

const CellType cell_brc = {
    .name = "brc",
    .help = "bistable recurrent cell: cellular memory, no recurrent matrix",
    .source = "Vecoven, Ernst, Drion 2021, arXiv 2006.05252",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
