// Gated recurrent unit (Cho et al. 2014) in PyTorch's convention: two bias vectors, the candidate's recurrent bias inside the reset.
//
//     r  = s(W_r x + b_r + U_r h + c_r)           z = s(W_z x + b_z + U_z h + c_z)
//     n  = tanh(W_n x + b_n + r * (U_n h + c_n))
//     h' = (1 - z) * n + z * h
//
// Every weight and bias starts uniform on +-1/sqrt(H).
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, INPUT_BIAS, RECURRENT_BIAS, WEIGHT_COUNT };    // columns of each: gates r, z, n

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 3 * hidden);
    cell_declare(weights, prefix, "recurrent", hidden, 3 * hidden);
    cell_declare(weights, prefix, "input_bias", 1, 3 * hidden);
    cell_declare(weights, prefix, "recurrent_bias", 1, 3 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)input;
    cell_uniform_by_width(weights, first, WEIGHT_COUNT, hidden, rng);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[INPUT_BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *h = state[0];
    Node *recurrent = tape_affine(tape, h, weights[RECURRENT], weights[RECURRENT_BIAS]);
    Node *gates = tape_logistic(
        tape, tape_add(tape, tape_cols(tape, projected, 0, 2 * hidden), tape_cols(tape, recurrent, 0, 2 * hidden)));
    Node *r = tape_cols(tape, gates, 0, hidden), *z = tape_cols(tape, gates, hidden, hidden);
    Node *reset = tape_mul(tape, r, tape_cols(tape, recurrent, 2 * hidden, hidden));
    Node *n = tape_tanh(tape, tape_add(tape, tape_cols(tape, projected, 2 * hidden, hidden), reset));
    next[0] = tape_blend(tape, z, n, h);
}

static const FusedCell fused = {
    .kind = FUSED_GRU,
    .x = {{INPUT, 2}, {INPUT, 0}, {INPUT, 1}},                // n, r, z
    .h = {{RECURRENT, 0}, {RECURRENT, 1}, {RECURRENT, 2}},    // r, z, n
    .bias = {{{INPUT_BIAS, 2}, FUSED_NONE},
             {{INPUT_BIAS, 0}, {RECURRENT_BIAS, 0}},
             {{INPUT_BIAS, 1}, {RECURRENT_BIAS, 1}},
             {{RECURRENT_BIAS, 2}, FUSED_NONE}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS, CELL_BIAS},
    .bias_vectors = 2,
    .gate_count = 1,
    .gates = {{{INPUT_BIAS, RECURRENT_BIAS}, 1, +1}},    // z keeps
};

const CellType cell_gru = {
    .name = "gru",
    .help = "gated recurrent unit, PyTorch's convention",
    .source = "Cho et al. 2014, arXiv 1406.1078",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
