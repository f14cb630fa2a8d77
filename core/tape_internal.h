// Between core/tape.c (recording, passes) and core/tape_ops.c (the operations).
#pragma once

#include "core/arena.h"
#include "core/tape.h"

struct Tape {
    DType type;
    const Linalg *linalg;
    const Kernels *kernels;
    Arena *arena;
    bool gradients;
    Node **nodes;
    size_t count, capacity;
};

// A node with its value allocated; with a gradient when the tape keeps them and some input has one.
Node *tape_record(Tape *tape, const TapeOp *op, int rows, int cols, Node *a, Node *b, Node *c);
// The same for any number of inputs, which are copied to node->many.
Node *tape_record_many(Tape *tape, const TapeOp *op, int rows, int cols, int count, Node *const *inputs);
Matrix tape_matrix(Tape *tape, int rows, int cols);    // uninitialised, of the tape's type
Matrix tape_zero_matrix(Tape *tape, int rows, int cols);

static inline bool wanted(const Node *node) {
    return node && node->gradient.data;
}
