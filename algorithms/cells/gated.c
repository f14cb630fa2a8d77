// Gated recurrent network (Tallec and Ollivier 2018): one gate for each unit decides from input and state how fast time passes for it.
//
//     g  = s(W_g x + U_g h + b_g)                 n = tanh(W x + U h + b)
//     h' = g * n + (1 - g) * h
//
// Matrices start uniform on +-1/sqrt(H), biases at zero.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, BIAS, WEIGHT_COUNT };    // columns of each: g, n

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 2 * hidden);
    cell_declare(weights, prefix, "recurrent", hidden, 2 * hidden);
    cell_declare(weights, prefix, "bias", 1, 2 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)input;
    cell_uniform_by_width(weights, first + INPUT, 2, hidden, rng);
    weights_fill(weights, first + BIAS, 0);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *sums = tape_matmul_add(tape, state[0], weights[RECURRENT], projected);
    Node *g = tape_logistic(tape, tape_cols(tape, sums, 0, hidden));
    Node *n = tape_tanh(tape, tape_cols(tape, sums, hidden, hidden));
    next[0] = tape_blend(tape, g, state[0], n);
}

static const FusedCell fused = {
    .kind = FUSED_GATED,
    .x = {{INPUT, 0}, {INPUT, 1}},    // g, n
    .h = {{RECURRENT, 0}, {RECURRENT, 1}},
    .bias = {{{BIAS, 0}, FUSED_NONE}, {{BIAS, 1}, FUSED_NONE}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS},
    .bias_vectors = 1,
    .gate_count = 1,
    .gates = {{{BIAS}, 0, -1}},    // g writes
};

const CellType cell_gated = {
    .name = "gated",
    .help = "gated recurrent network: one gate for each unit",
    .source = "Tallec and Ollivier 2018, arXiv 1804.11188",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
