// Fused cells: a whole ragged sequence as one operation of the tape, and single steps without a tape.
//
// One product serves all gates of a unit, its accumulators stay in registers until the cell's functions have been applied, weights are
// packed once, and nothing but activations is written. Backwards, the gradients of gates are kept for a few steps at a time, which give the
// gradients of weights in one product while they are in the second-level cache. For a sequence of N rows (all steps together) the tape
// holds N P (k + 2) numbers, P being H rounded up to 16: h, its gradient, and k = 6 for the LSTM, 4 for the GRU, 3 for MGU, BRC and nBRC,
// 2 for leaky and gated, 1 for elman (planes, and the second state of LSTM and MGU). The rest does not grow with N.
//
// To give a cell NAME such a form: a FusedKind (fused_kernels.h), accumulators, planes and pointwise code in NAME.inc.h with an entry in each
// table at the end of fused.inc.h, and a FusedCell in NAME.c. tests/algorithms/test_fused.c then tests it.
#pragma once

#include "algorithms/cells/cell.h"
#include "algorithms/cells/fused_kernels.h"

// Columns [column * H, (column + 1) * H) of the cell's weight matrix number `weight`.
typedef struct FusedSource {
    int weight, column;
} FusedSource;

#define FUSED_NONE                                                                                                             \
    { -1, 0 }

// Where a cell's weights lie, in the order of its accumulators (fused_kernels.h: FusedGates).
struct FusedCell {
    FusedKind kind;
    FusedSource x[FUSED_GATES], h[FUSED_GATES];    // of the x gates and the h gates, in order
    FusedSource second;                            // [H, H] of the second phase, where there is one
    FusedSource bias[FUSED_GATES][2];              // of every accumulator: a sum of one or two
    int vector_count;
    FusedSource vectors[FUSED_VECTORS];
};

// The fused form of cell_sequence (algorithms/cells/sequence.h), for a tape whose products are portable. Its derivative in forward mode is
// that of the step program.
Node *fused_sequence(const CellType *cell, Tape *tape, Node *const *weights, int hidden, Node *x, int steps, const int *active);

// ---- single steps ----------------------------------------------------------------------------------------------------------

// The packed weights of one layer and the states of `rows` sequences, zero at first.
typedef struct FusedLayer FusedLayer;
FusedLayer *fused_layer_create(const FusedCell *fused, DType type, int input, int hidden, int rows);
void fused_layer_destroy(FusedLayer *layer);
// Takes the weights as they are now; `values` are the cell's matrices, in order.
void fused_layer_load(FusedLayer *layer, const Matrix *values);
// Feeds x [n, I] to the first n sequences; states of the others are lost. Returns h [n, H], the layer's own until the next step.
Matrix fused_layer_step(FusedLayer *layer, Matrix x);
// The present states: h (0) or the second state (1), [rows, H], to be read and written; valid until the next step.
Matrix fused_layer_state(const FusedLayer *layer, int which);

// y = x W + b as such a layer: its h is y.
extern const FusedCell fused_linear;
