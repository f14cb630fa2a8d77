// One layer without recurrence: a network of it is an ordinary multilayer perceptron that sees the present input only, the control beside
// every cell that remembers.
//
//     h' = max(W x + b, 0)
//
// Weights and biases start uniform on +-1/sqrt(I), I numbers of input: PyTorch's default for a linear layer (He et al. 2015 with a = sqrt(5)).
#include <math.h>

#include "algorithms/cells/initialise.h"
#include "algorithms/cells/list.h"

enum { INPUT, BIAS, WEIGHT_COUNT };

static void declare(Weights *weights, const char *prefix, int input, int hidden) {
    cell_declare(weights, prefix, "input", input, hidden);
    cell_declare(weights, prefix, "bias", 1, hidden);
}

static void initialise(Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)hidden;
    for (int i = 0; i < WEIGHT_COUNT; i++) weights_uniform(weights, first + i, 1 / sqrt((double)input), rng);
}

// Already all of the cell.
static Node *project(Tape *tape, Node *const *weights, Node *x) {
    return tape_affine_relu(tape, x, weights[INPUT], weights[BIAS]);
}

static void step(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next) {
    (void)tape, (void)weights, (void)hidden, (void)state;
    next[0] = projected;
}

static const CellBlocks blocks = {
    .matrices = {CELL_INPUT, CELL_BIAS},
    .bias_vectors = 1,
};

const CellType cell_feedforward = {
    .name = "feedforward",
    .help = "no recurrence: a layer of rectified linear units that sees the present input only",
    .source = "Rosenblatt 1958; rectified: Glorot, Bordes, Bengio 2011",
    .state_count = 1,
    .weight_count = WEIGHT_COUNT,
    .declare = declare,
    .initialise = initialise,
    .project = project,
    .step = step,
    .memoryless = true,
    .fused = NULL,
    .blocks = &blocks,
};
