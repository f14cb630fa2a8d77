// Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000), PyTorch's convention: two bias vectors, no
// offset of the forget bias.
//
//     i, f, o = s(W x + b + U h + c)              g = tanh(W_g x + b_g + U_g h + c_g)
//     c' = f * c + i * g                          h' = o * tanh(c')
//
// Every weight and bias starts uniform on +-1/sqrt(H).
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, INPUT_BIAS, RECURRENT_BIAS, WEIGHT_COUNT };    // columns of each: gates i, f, g, o

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, 4 * hidden);
    cell_declare(weights, prefix, "recurrent", hidden, 4 * hidden);
    cell_declare(weights, prefix, "input_bias", 1, 4 * hidden);
    cell_declare(weights, prefix, "recurrent_bias", 1, 4 * hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)input;
    cell_uniform_by_width(weights, first, WEIGHT_COUNT, hidden, rng);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_add_row(tape, tape_affine(tape, x, weights[INPUT], weights[INPUT_BIAS]), weights[RECURRENT_BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    Node *h = state[0], *c = state[1];
    Node *gates = tape_matmul_add(tape, h, weights[RECURRENT], projected);
    Node *i_f = tape_logistic(tape, tape_cols(tape, gates, 0, 2 * hidden));
    Node *g = tape_tanh(tape, tape_cols(tape, gates, 2 * hidden, hidden));
    Node *o = tape_logistic(tape, tape_cols(tape, gates, 3 * hidden, hidden));
    Node *kept = tape_mul(tape, tape_cols(tape, i_f, hidden, hidden), c);
    Node *written = tape_mul(tape, tape_cols(tape, i_f, 0, hidden), g);
    next[1] = tape_add(tape, kept, written);
    next[0] = tape_mul(tape, o, tape_tanh(tape, next[1]));
}

static const FusedCell fused = {
    .kind = FUSED_LSTM,
    .x = {{INPUT, 0}, {INPUT, 1}, {INPUT, 2}, {INPUT, 3}},
    .h = {{RECURRENT, 0}, {RECURRENT, 1}, {RECURRENT, 2}, {RECURRENT, 3}},
    .bias = {{{INPUT_BIAS, 0}, {RECURRENT_BIAS, 0}},
             {{INPUT_BIAS, 1}, {RECURRENT_BIAS, 1}},
             {{INPUT_BIAS, 2}, {RECURRENT_BIAS, 2}},
             {{INPUT_BIAS, 3}, {RECURRENT_BIAS, 3}}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS, CELL_BIAS},
    .bias_vectors = 2,
    .gate_count = 2,
    .gates = {{{INPUT_BIAS, RECURRENT_BIAS}, 1, +1}, {{INPUT_BIAS, RECURRENT_BIAS}, 0, -1}},    // f keeps, i writes
};

const CellType cell_lstm = {
    .name = "lstm",
    .help = "long short-term memory, PyTorch's convention; states h and c",
    .source = "Hochreiter and Schmidhuber 1997",
    .state_count = 2,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
