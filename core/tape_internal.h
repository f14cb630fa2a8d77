// Between core/tape.c (recording, passes) and core/tape_ops.c (the operations).
#pragma once

#include "core/arena.h"
#include "core/kernels.h"
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
Matrix tape_matrix(Tape *tape, int rows, int cols);    // uninitialised, of the tape's type
Matrix tape_zero_matrix(Tape *tape, int rows, int cols);

static inline bool wanted(const Node *node) {
    return node && node->gradient.data;
}
