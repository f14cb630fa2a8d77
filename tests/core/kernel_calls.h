// What the tests of products and kernels share: matrices with gaps, the plain product, and every kernel by number.
#pragma once

#include <math.h>
#include <string.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/rng.h"

// A random matrix whose rows lie `gap` elements further apart than they are long. Gaps are filled too: nobody may touch
// them.
static inline Matrix random_matrix(Arena *arena, DType type, int rows, int cols, int gap, Rng *rng) {
    size_t count = (size_t)rows * (size_t)(cols + gap);
    size_t bytes = count * dtype_size(type);
    Matrix m = {type, rows, cols, cols + gap, memset(arena_alloc(arena, bytes), 0, bytes)};
    Matrix all = {type, 1, (int)count, (int)count, m.data};
    for (int k = 0; k < all.cols; k++) matrix_set(all, 0, k, rng_between(rng, -1, 1));
    return m;
}

static inline size_t matrix_bytes(Matrix m) {
    return (size_t)m.rows * (size_t)m.stride * dtype_size(m.type);
}

static inline Matrix duplicate(Arena *arena, Matrix m) {
    Matrix copy = m;
    copy.data = arena_alloc(arena, matrix_bytes(m));
    if (matrix_bytes(m) > 0) memcpy(copy.data, m.data, matrix_bytes(m));
    return copy;
}

// c = fma(a_k, b_k, c) for k = 0, 1, ...: the definition of the portable product.
static inline void product_by_definition(bool ta, bool tb, Matrix a, Matrix b, bool accumulate, Matrix c) {
    int depth = ta ? a.rows : a.cols;
    for (int i = 0; i < c.rows; i++) {
        for (int j = 0; j < c.cols; j++) {
            double sum = accumulate ? matrix_get(c, i, j) : 0;
            for (int k = 0; k < depth; k++) {
                double left = ta ? matrix_get(a, k, i) : matrix_get(a, i, k),
                       right = tb ? matrix_get(b, j, k) : matrix_get(b, k, j);
                sum = c.type == DTYPE_F32 ? (double)fmaf((float)left, (float)right, (float)sum) : fma(left, right, sum);
            }
            matrix_set(c, i, j, sum);
        }
    }
}

enum { OPERANDS = 8, KERNEL_SOFTMAX = 30, KERNEL_CALLS = 34 };

// Calls kernel number `which` of a table on operands o[0..6] [rows, cols], o[7] a row; returns a number where the
// kernel has one. False: there is no such kernel.
static inline bool kernel_call(const Kernels *t, int which, Matrix *o, double *number) {
    Matrix row = o[7], none = {0};
    switch (which) {
    case 0: t->add(o[0], o[1], o[2]); break;
    case 1: t->sub(o[0], o[1], o[2]); break;
    case 2: t->mul(o[0], o[1], o[2]); break;
    case 3: t->mul_add(o[0], o[1], o[2]); break;
    case 4: t->axpy(0.3, o[0], o[2]); break;
    case 5: t->scale(-1.7, o[0], o[2]); break;
    case 6: t->shift(0.1, o[0], o[2]); break;
    case 7: t->repeat_row(row, o[2]); break;
    case 8: t->add_row(o[0], row, o[2]); break;
    case 9: t->mul_row(o[0], row, o[2]); break;
    case 10: t->mul_row_add(o[0], row, o[2]); break;
    case 11: t->sum_rows(o[0], row); break;
    case 12: t->mul_sum_rows(o[0], o[1], row); break;
    case 13: t->exp(o[0], o[2]); break;
    case 14: t->log(o[0], o[2]); break;
    case 15: t->tanh(o[0], o[2]); break;
    case 16: t->logistic(o[0], o[2]); break;
    case 17: t->relu(o[0], o[2]); break;
    case 18: t->tanh_vjp(o[0], o[1], o[2]); break;
    case 19: t->logistic_vjp(o[0], o[1], o[2]); break;
    case 20: t->relu_vjp(o[0], o[1], o[2]); break;
    case 21: t->blend(o[0], o[1], o[2], o[3]); break;
    case 22: t->blend_vjp(o[0], o[1], o[2], o[3], o[4], o[5], o[6]); break;
    case 23: t->blend_vjp(o[0], o[1], o[2], o[3], none, o[5], none); break;
    case 24: *number = t->sum(o[0]); break;
    case 25: *number = t->sum_squares(o[0]); break;
    case 26: t->sin(o[0], o[2]); break;
    case 27: t->cos(o[0], o[2]); break;
    case 28: t->normal(o[0], o[1], o[2]); break;
    case 29: t->relu_mask(o[0], o[2]); break;
    case KERNEL_SOFTMAX: t->softmax(o[0], o[2], matrix_cols(o[3], 0, 1), matrix_cols(o[4], 0, 1)); break;
    case 31:    // from here on flat arrays, and second moments are not negative
    case 32:
    case 33: {
        if (o[0].rows == 0) return true;
        Matrix gradient = matrix_rows(o[0], 0, 1), m = matrix_rows(o[1], 0, 1), v = matrix_rows(o[2], 0, 1);
        Matrix value = matrix_rows(o[3], 0, 1);
        t->mul(v, v, v);
        if (which == 31) t->adam(gradient, m, v, value, 0.9, 0.999, 1e-2, 0.5, 1e-8);
        if (which == 32) t->rmsprop(gradient, v, value, 0.99, 1e-2, 1e-8);
        if (which == 33) t->momentum(gradient, m, value, 0.9, 1e-2);
        break;
    }
    default: return false;
    }
    return true;
}
