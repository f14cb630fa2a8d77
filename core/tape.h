// Reverse- and forward-mode automatic differentiation over matrices. A program is recorded while it runs: each call computes a
// value at once and appends a node. Everything lives in the tape's arena until tape_reset.
//
// One program serves two precisions: the tape has an element type, and the kernels behind it are compiled from one source for both.
//
//     tape_reset(tape, true);
//     Node *w = tape_parameter(tape, value, gradient);      // gradient is added to
//     Node *y = tape_tanh(tape, tape_affine(tape, x, w, b));
//     tape_backward(tape, tape_mean_squared_error(tape, y, target));
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/kernels.h"
#include "core/linalg.h"
#include "core/matrix.h"
#include "core/weights.h"

typedef struct Tape Tape;
typedef struct Node Node;

// One operation: a row of the table in core/tape_ops.c. forward fills node->value; vjp adds to the inputs' gradients what
// node->gradient implies (the transposed Jacobian times it); jvp fills node->tangent from the inputs' tangents.
typedef struct TapeOp {
    const char *name;
    void (*forward)(Tape *tape, Node *node);
    void (*vjp)(Tape *tape, Node *node);
    void (*jvp)(Tape *tape, Node *node);
} TapeOp;

struct Node {
    const TapeOp *op;    // NULL: a leaf
    Matrix value;
    Matrix gradient;    // of the scalar that is differentiated; data NULL when not needed
    Matrix tangent;     // forward mode; data NULL until tape_tangents
    Node *in[3];
    Node **many;    // concatenations, and operations from elsewhere: `count` inputs
    int count;
    void *context;       // of an operation from elsewhere
    const int *index;    // selections
    int row, col;        // views: where they begin in in[0]
    double scalar;
    Matrix transposed;    // of a parameter: made at first use, then shared by all steps
    Matrix kept;          // what an operation keeps from forward for its derivatives
};

Tape *tape_create(DType type, const Linalg *linalg);
void tape_destroy(Tape *tape);

// Forgets the program. With `gradients` false nothing is kept for a backward pass: inference.
void tape_reset(Tape *tape, bool gradients);
DType tape_type(const Tape *tape);
size_t tape_memory(const Tape *tape);    // bytes held
size_t tape_used(const Tape *tape);      // of these, for the present program
size_t tape_node_count(const Tape *tape);
Node *tape_node(const Tape *tape, size_t index);    // in order of recording

const Linalg *tape_linalg(const Tape *tape);
const Kernels *tape_kernels(const Tape *tape);

// Uninitialised memory for whoever records, 64-byte aligned, until tape_reset.
void *tape_scratch(Tape *tape, size_t bytes);

// ---- leaves ------------------------------------------------------------------------------------------------------------
Node *tape_constant(Tape *tape, Matrix value);                      // borrowed, no gradient
Node *tape_zeros(Tape *tape, int rows, int cols);                   // owned by the tape, no gradient; may be filled by hand
Node *tape_variable(Tape *tape, Matrix value);                      // borrowed value; gradient owned by the tape, zero at first
Node *tape_parameter(Tape *tape, Matrix value, Matrix gradient);    // both borrowed; the backward pass adds to the gradient
Node **tape_weights(Tape *tape, const Weights *weights);            // one parameter node per matrix, by index

// ---- views: no copy, and their gradient is the part of the input's --------------------------------------------------------
Node *tape_rows(Tape *tape, Node *x, int first, int count);
Node *tape_cols(Tape *tape, Node *x, int first, int count);

// ---- products ----------------------------------------------------------------------------------------------------------
Node *tape_matmul(Tape *tape, Node *x, Node *w);                     // [n,k] [k,m]
Node *tape_affine(Tape *tape, Node *x, Node *w, Node *bias);         // x w + bias, bias [1,m]
Node *tape_affine_relu(Tape *tape, Node *x, Node *w, Node *bias);    // max(x w + bias, 0): half the memory of the two in turn
Node *tape_matmul_add(Tape *tape, Node *x, Node *w, Node *c);        // x w + c, c [n,m]

// ---- elementwise -------------------------------------------------------------------------------------------------------
Node *tape_add(Tape *tape, Node *a, Node *b);
Node *tape_sub(Tape *tape, Node *a, Node *b);
Node *tape_mul(Tape *tape, Node *a, Node *b);
Node *tape_shift(Tape *tape, Node *x, double constant);    // x + constant
Node *tape_scale(Tape *tape, Node *x, double factor);
Node *tape_add_row(Tape *tape, Node *x, Node *row);    // row [1,m], to every row of x
Node *tape_mul_row(Tape *tape, Node *x, Node *row);
Node *tape_logistic(Tape *tape, Node *x);
Node *tape_tanh(Tape *tape, Node *x);
Node *tape_relu(Tape *tape, Node *x);                       // derivative 0 at 0, as PyTorch
Node *tape_blend(Tape *tape, Node *z, Node *a, Node *b);    // (1-z) a + z b

// ---- selections and reductions -------------------------------------------------------------------------------------------
Node *tape_concat_rows(Tape *tape, int count, Node *const *parts);    // parts are copied into the tape's memory
Node *tape_concat_cols(Tape *tape, int count, Node *const *parts);
Node *tape_pick(Tape *tape, Node *x, const int *index);    // [n,1]: x[i][index[i]]; index is copied
Node *tape_select_rows(Tape *tape, Node *x, int count,
                       const int *rows);                             // [count,m]: x[rows[i]]; rows may repeat and are copied
Node *tape_sum(Tape *tape, Node *x);                                 // [1,1]
Node *tape_mean_squared_error(Tape *tape, Node *x, Node *target);    // [1,1]: mean of (x - target)^2
Node *tape_cross_entropy(Tape *tape, Node *logits, const int *label);    // [1,1]: mean of -log softmax(logits)[label], in nats

// ---- operations from elsewhere -------------------------------------------------------------------------------------------
// One with `count` inputs (node->many, copied) and a context that lives as long as the tape's memory, say from tape_scratch. Calls
// op->forward, which finds node->gradient allocated if the tape keeps gradients and some input has one.
Node *tape_operation(Tape *tape, const TapeOp *op, int rows, int cols, int count, Node *const *inputs, void *context);

// ---- differentiation -----------------------------------------------------------------------------------------------------
// Adds d(node)/d(leaf) to every leaf's gradient; node is [1,1]. Subnormal numbers count as zero there. Once for each recording: the gradients
// of nodes in between stay, and would be counted again.
void tape_backward(Tape *tape, Node *node);
// The same from gradients that the caller has put into nodes (for objectives whose gradient is not that of a recorded scalar).
void tape_backward_seeded(Tape *tape);
// Forward mode: gives every node a tangent of zeros; the caller fills those of leaves, then tape_forward_tangents propagates.
void tape_tangents(Tape *tape);
void tape_forward_tangents(Tape *tape);
