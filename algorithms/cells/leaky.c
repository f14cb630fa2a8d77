// Leaky recurrent network (Jaeger 2002; as in Tallec and Ollivier 2018): every unit has a time scale of its own, 1/a steps, which is
// learned but does not depend on the input. It can follow sequences that are stretched evenly.
//
//     h' = a * tanh(W x + U h + b) + (1 - a) * h            a = s(l)
//
// Matrices start uniform on +-1/sqrt(H), the bias at zero. The source is silent about l: ours starts at zero, so that a = 1/2.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, BIAS, LEAK, WEIGHT_COUNT };

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, hidden);
    cell_declare(weights, prefix, "recurrent", hidden, hidden);
    cell_declare(weights, prefix, "bias", 1, hidden);
    cell_declare(weights, prefix, "leak", 1, hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)input;
    cell_uniform_by_width(weights, first + INPUT, 2, hidden, rng);
    weights_fill(weights, first + BIAS, 0);
    weights_fill(weights, first + LEAK, 0);
}

static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    (void)hidden;
    Node *h = state[0];
    Node *n = tape_tanh(tape, tape_matmul_add(tape, h, weights[RECURRENT], projected));
    Node *a = tape_logistic(tape, weights[LEAK]);
    next[0] = tape_add(tape, h, tape_mul_row(tape, tape_sub(tape, n, h), a));
}

static const FusedCell fused = {
    .kind = FUSED_LEAKY,
    .x = {{INPUT, 0}},
    .h = {{RECURRENT, 0}},
    .bias = {{{BIAS, 0}, FUSED_NONE}},
    .vector_count = 1,
    .vectors = {{LEAK, 0}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS, CELL_BIAS},
    .bias_vectors = 1,
    .gate_count = 1,
    .gates = {{{LEAK}, 0, -1}},    // a writes
};

const CellType cell_leaky = {
    .name = "leaky",
    .help = "leaky recurrent network: a learned time scale for each unit",
    .source = "Jaeger 2002; Tallec and Ollivier 2018, arXiv 1804.11188",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
