// Minimal gated unit (Zhou et al. 2016).
//
//     f  = s(W_f x + U_f h + b_f)                 n = tanh(W x + U (f * h) + b)
//     h' = (1 - f) * h + f * n
//
// Matrices start Glorot uniform, biases at zero.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, FORGET_RECURRENT, CANDIDATE_RECURRENT, BIAS, WEIGHT_COUNT };    // columns of INPUT and BIAS: f, n

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 2 * hidden);
    cell_declare(weights, prefix, "forget_recurrent", hidden, hidden);
    cell_declare(weights, prefix, "candidate_recurrent", hidden, hidden);
    cell_declare(weights, prefix, "bias", 1, 2 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    cell_glorot(weights, first + INPUT, input, hidden, rng);
    cell_glorot(weights, first + FORGET_RECURRENT, hidden, hidden, rng);
    cell_glorot(weights, first + CANDIDATE_RECURRENT, hidden, hidden, rng);
    weights_fill(weights, first + BIAS, 0);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *h = state[0];
    Node *f = tape_logistic(tape, tape_matmul_add(tape, h, weights[FORGET_RECURRENT], tape_cols(tape, projected, 0, hidden)));
    Node *kept = tape_mul(tape, f, h);
    Node *n =
        tape_tanh(tape, tape_matmul_add(tape, kept, weights[CANDIDATE_RECURRENT], tape_cols(tape, projected, hidden, hidden)));
    next[0] = tape_blend(tape, f, h, n);
}

static const FusedCell fused = {
    .kind = FUSED_MGU,
    .x = {{INPUT, 1}, {INPUT, 0}},    // n, f
    .h = {{FORGET_RECURRENT, 0}},
    .second = {CANDIDATE_RECURRENT, 0},
    .bias = {{{BIAS, 1}, FUSED_NONE}, {{BIAS, 0}, FUSED_NONE}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_RECURRENT, CELL_BIAS},
    .bias_vectors = 1,
    .gate_count = 1,
    .gates = {{{BIAS}, 0, -1}},    // f writes
};

const CellType cell_mgu = {
    .name = "mgu",
    .help = "minimal gated unit",
    .source = "Zhou et al. 2016, arXiv 1603.09420",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
