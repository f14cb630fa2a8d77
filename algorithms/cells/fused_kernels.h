// The inner loops of fused cells: one time step of a batch, forwards and backwards. One table per element type and instruction set,
// compiled from one source (algorithms/cells/fused.inc.h and the cells' own *.inc.h); all give the same bits.
//
// Units come in blocks of FUSED_BLOCK; `padded` is H rounded up to whole blocks, P below. What lies beyond H is zero everywhere, or NaN in a row
// whose input is not finite.
#pragma once

#include "core/kernels.h"

enum { FUSED_BLOCK = 16, FUSED_GATES = 4, FUSED_VECTORS = 2, FUSED_PHASES = 2 };

// Which pointwise code: a row of the tables.
typedef enum FusedKind {
    FUSED_LSTM,
    FUSED_GRU,
    FUSED_MGU,
    FUSED_BRC,
    FUSED_NBRC,
    FUSED_LINEAR,
    FUSED_ELMAN,
    FUSED_LEAKY,
    FUSED_GATED,
    FUSED_KINDS
} FusedKind;

// The accumulators of a unit are numbered; x gates are those from x_first on, h gates those from h_first on. Planes: numbers that a step
// keeps for each unit.
typedef struct FusedGates {
    int sums, planes, x_first, x_count, h_first, h_count;
    bool c;    // whether a step leaves numbers in c_new
} FusedGates;

// One step: accumulators = start + x Wx + h Wh, and at once what the cell makes of them.
typedef struct FusedForward {
    int padded;
    Matrix start;            // [rows, accumulators of the phase * P]; the stride may be 0: a bias
    Matrix x, h;             // [rows, I], [rows, H]: the operands of the products
    const void *x_panels;    // for each block of units: [I][x_gates][FUSED_BLOCK]
    int x_gates, x_gate;     // how many there are, and the first one of this phase
    const void *h_panels;    // for each block of units: [H][h gates][FUSED_BLOCK]
    Matrix vectors;          // [FUSED_VECTORS, P]: weights that multiply units one by one
    Matrix h_old, c_old;     // [rows, P]: the states before the step
    Matrix h_new, c_new;     // after it; h_new is none of the above, c_new may be c_old. (The MGU has f * h in c_new.)
    Matrix kept;             // what the backward pass needs: for each block of units, [rows, planes * FUSED_BLOCK]
    bool streamed;           // h_new, c_new and kept of the next step follow those of this one
} FusedForward;

// The same step backwards: dh = outer + carry_h + d_next Wh', then the gradients of the accumulators. What the next call reads of outer, kept,
// h_old and c_old lies before what this one reads.
typedef struct FusedBackward {
    int padded;
    Matrix d_next;              // [rows of step t+1, h gates * P]: the first of this step's rows, those that went on
    const void *panels;         // Wh transposed: for each 32 (the last time 16) units: [h gates * P][those units]
    Matrix outer;               // [rows, P]: gradient of h from above
    Matrix carry_h, carry_c;    // [rows, P]: gradients that reach the states past the products; read and replaced
    Matrix kept, h_old, c_old, vectors;
    Matrix d;       // [rows, accumulators * P]: out
    Matrix sums;    // [accumulators + FUSED_VECTORS, P]: gradients of bias and vectors, added to
} FusedBackward;

typedef struct FusedKernels {
    const char *path;
    FusedGates gates[FUSED_KINDS];
    // By kind and phase: a cell that needs a second product within the step (MGU) has a second phase. NULL: there is none.
    void (*forward[FUSED_KINDS][FUSED_PHASES])(const FusedForward *step);
    void (*backward[FUSED_KINDS][FUSED_PHASES])(const FusedBackward *step);
    // Gate `gate` of `gates`: `part` [K, H] into panels of the forward pass, for depth K ...
    void (*pack)(Matrix part, int gate, int gates, void *panels);
    // ... and, [H, H], into those of the backward pass.
    void (*pack_transposed)(Matrix part, int gate, int gates, void *panels);
} FusedKernels;

const FusedKernels *fused_kernels_of(DType type, KernelsPath path);
