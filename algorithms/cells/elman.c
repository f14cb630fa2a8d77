// Simple recurrent network (Elman 1990): no gate, the state is written anew at every step.
//
//     h' = tanh(W x + U h + b)
//
// Matrices start uniform on +-1/sqrt(H), the bias at zero.
#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, RECURRENT, BIAS, WEIGHT_COUNT };

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, hidden);
    cell_declare(weights, prefix, "recurrent", hidden, hidden);
    cell_declare(weights, prefix, "bias", 1, hidden);
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
    (void)hidden;
    next[0] = tape_tanh(tape, tape_matmul_add(tape, state[0], weights[RECURRENT], projected));
}

static const FusedCell fused = {
    .kind = FUSED_ELMAN,
    .x = {{INPUT, 0}},
    .h = {{RECURRENT, 0}},
    .bias = {{{BIAS, 0}, FUSED_NONE}},
};

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_RECURRENT, CELL_BIAS},
    .bias_vectors = 1,
};

const CellType cell_elman = {
    .name = "elman",
    .help = "simple recurrent network: no gate",
    .source = "Elman 1990",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .fused = &fused,
    .blocks = &blocks,
};
