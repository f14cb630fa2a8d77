// A fused cell's weights as its kernels read them, and the gradients as they leave them. Inside algorithms/cells only.
#pragma once

#include "algorithms/cells/fused.h"

typedef struct FusedLayout {
    const FusedCell *fused;
    const FusedKernels *kernels;
    const Kernels *plain;
    FusedGates gates;
    DType type;
    int input, hidden, padded;
} FusedLayout;

// On the path of `plain`, a table for `type`.
FusedLayout fused_layout(const FusedCell *fused, const Kernels *plain, DType type, int input, int hidden);

typedef struct FusedWeights {
    void *x, *h, *second;    // panels
    Matrix bias;             // [1, sums * P]
    Matrix vectors;          // [FUSED_VECTORS, P]
} FusedWeights;

// In `memory` of fused_weights_bytes, 64-byte aligned.
size_t fused_weights_bytes(const FusedLayout *layout);
FusedWeights fused_weights_place(const FusedLayout *layout, void *memory);
void fused_weights_load(const FusedLayout *layout, const FusedWeights *packed, const Matrix *values);

// Columns of a cell's matrix that a source names, in a value or a gradient.
Matrix fused_source(const FusedLayout *layout, FusedSource source, const Matrix *matrices);

// What the backward pass needs: transposed panels of the h gates, of the second phase, and, for the gradient of x, the x gates
// transposed [x gates * P, I].
typedef struct FusedTransposed {
    void *h, *second;
    Matrix x;    // data NULL: not wanted
} FusedTransposed;
size_t fused_transposed_bytes(const FusedLayout *layout, bool with_x);
FusedTransposed fused_transposed_load(const FusedLayout *layout, bool with_x, const Matrix *values, void *memory);

// Gradients by accumulator, before they are added to those of the cell's matrices.
typedef struct FusedGradients {
    Matrix x;         // [I, x gates * P]
    Matrix h;         // [H, h gates * P]
    Matrix second;    // [H, P]
    Matrix sums;      // [sums + FUSED_VECTORS, P]: of the bias and the vectors
} FusedGradients;
size_t fused_gradients_bytes(const FusedLayout *layout);
FusedGradients fused_gradients_place(const FusedLayout *layout, void *memory);    // zero
void fused_gradients_add(const FusedLayout *layout, const FusedGradients *gradients,
                         const Matrix *to);    // data NULL: not wanted
