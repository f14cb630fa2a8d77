#include "core/matrix.h"

#include <assert.h>
#include <string.h>

const char *dtype_name(DType type) {
    static const char *const names[DTYPE_COUNT] = {"f32", "f64", "i32", "i64", "u8"};
    assert(type < DTYPE_COUNT);
    return names[type];
}

void matrix_zero(Matrix m) {
    size_t bytes = (size_t)m.cols * dtype_size(m.type);
    if (m.stride == m.cols) {
        memset(m.data, 0, bytes * (size_t)m.rows);
        return;
    }
    for (int i = 0; i < m.rows; i++) memset(matrix_row(m, i), 0, bytes);
}

void matrix_copy(Matrix from, Matrix to) {
    assert(from.rows == to.rows && from.cols == to.cols && from.type == to.type);
    size_t bytes = (size_t)from.cols * dtype_size(from.type);
    if (from.stride == from.cols && to.stride == to.cols) {
        memcpy(to.data, from.data, bytes * (size_t)from.rows);
        return;
    }
    for (int i = 0; i < from.rows; i++) memcpy(matrix_row(to, i), matrix_row(from, i), bytes);
}

bool matrix_finite(Matrix m) {
    for (int i = 0; i < m.rows; i++) {
        for (int j = 0; j < m.cols; j++) {
            if (!__builtin_isfinite(matrix_get(m, i, j))) return false;
        }
    }
    return true;
}
