// Recurrently neuromodulated bistable recurrent cell (Vecoven, Ernst, Drion 2021): the gates see all units, the candidate its own.
//
//     c  = s(U_c x + W_c h + b_c)                 a = 1 + tanh(U_a x + W_a h + b_a)
//     h' = c * h + (1 - c) * tanh(U_h x + a * h + b_h)
//
// Matrices start Glorot uniform, biases at zero.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, BIAS, WEIGHT_COUNT };    // columns of INPUT and BIAS: c, a, h; of RECURRENT: c, a

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 3 * hidden);
    cell_declare(weights, prefix, "recurrent", hidden, 2 * hidden);
    cell_declare(weights, prefix, "bias", 1, 3 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    cell_glorot(weights, first + INPUT, input, hidden, rng);
    cell_glorot(weights, first + RECURRENT, hidden, hidden, rng);
    weights_fill(weights, first + BIAS, 0);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *h = state[0];
    Node *gates = tape_matmul_add(tape, h, weights[RECURRENT], tape_cols(tape, projected, 0, 2 * hidden));
    next[0] = cell_bistable_update(tape, tape_cols(tape, gates, 0, hidden), tape_cols(tape, gates, hidden, hidden),
                                   tape_cols(tape, projected, 2 * hidden, hidden), h);
}

static const FusedCell fused = {
    .kind = FUSED_NBRC,
    .x = {{INPUT, 2}, {INPUT, 0}, {INPUT, 1}},    // candidate, c, a
    .h = {{RECURRENT, 0}, {RECURRENT, 1}},
    .bias = {{{BIAS, 2}, FUSED_NONE}, {{BIAS, 0}, FUSED_NONE}, {{BIAS, 1}, FUSED_NONE}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS},
    .bias_vectors = 1,
};

const CellType cell_nbrc = {
    .name = "nbrc",
    .help = "recurrently neuromodulated bistable recurrent cell",
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
