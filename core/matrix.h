// Element types and row-major matrix views: what tape, kernels, archive and store speak to each other.
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DType { DTYPE_F32, DTYPE_F64, DTYPE_I32, DTYPE_I64, DTYPE_U8, DTYPE_COUNT } DType;

static inline size_t dtype_size(DType type) {
    static const size_t sizes[DTYPE_COUNT] = {4, 8, 4, 8, 1};
    return sizes[type];
}

const char *dtype_name(DType type);    // "f32", "f64", "i32", "i64", "u8"

// A view: it does not own its data. Element (i, j) lies at data[i * stride + j], in elements of `type`.
typedef struct Matrix {
    DType type;
    int rows, cols, stride;
    void *data;
} Matrix;

static inline Matrix matrix_view(DType type, int rows, int cols, void *data) {
    return (Matrix){type, rows, cols, cols, data};
}

// One element, whatever the type (F32 or F64).
static inline double matrix_get(Matrix m, int row, int col) {
    assert(row >= 0 && row < m.rows && col >= 0 && col < m.cols);
    size_t at = (size_t)row * (size_t)m.stride + (size_t)col;
    return m.type == DTYPE_F32 ? (double)((const float *)m.data)[at] : ((const double *)m.data)[at];
}

static inline void matrix_set(Matrix m, int row, int col, double value) {
    assert(row >= 0 && row < m.rows && col >= 0 && col < m.cols);
    size_t at = (size_t)row * (size_t)m.stride + (size_t)col;
    if (m.type == DTYPE_F32) ((float *)m.data)[at] = (float)value;
    else ((double *)m.data)[at] = value;
}

// Views on consecutive rows and columns; inline, because every step of every cell takes several.
static inline void *matrix_row(Matrix m, int row) {
    return (char *)m.data + (size_t)row * (size_t)m.stride * dtype_size(m.type);
}

static inline Matrix matrix_rows(Matrix m, int first, int count) {
    assert(first >= 0 && count >= 0 && first + count <= m.rows);
    m.data = matrix_row(m, first);
    m.rows = count;
    return m;
}

static inline Matrix matrix_cols(Matrix m, int first, int count) {
    assert(first >= 0 && count >= 0 && first + count <= m.cols);
    m.data = (char *)m.data + (size_t)first * dtype_size(m.type);
    m.cols = count;
    return m;
}

void matrix_zero(Matrix m);
void matrix_copy(Matrix from, Matrix to);    // same shape and type
bool matrix_finite(Matrix m);
