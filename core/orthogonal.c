#include "core/orthogonal.h"

#include <math.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/normal.h"

// Row `index` of A^T becomes row `index` of Q^T: less its projections on the rows before, divided by its norm, which is the positive element
// of R's diagonal. Gram and Schmidt's method loses orthogonality to rounding, but not when it is done twice (Giraud, Langou, Rozloznik
// 2005: "twice is enough").
static void orthonormalise(const Kernels *kernels, Matrix rows, int index, Matrix coefficients) {
    Matrix row = matrix_rows(rows, index, 1), before = matrix_rows(rows, 0, index);
    Matrix projections = matrix_cols(coefficients, 0, index);
    for (int pass = 0; pass < 2; pass++) {
        kernels->product(false, true, row, before, false, projections);
        kernels->scale(-1, projections, projections);
        kernels->product(false, false, projections, before, true, row);
    }
    double norm = sqrt(kernels->sum_squares(row));
    assert(norm > 0);
    kernels->scale(1 / norm, row, row);
}

void orthogonal_fill(Matrix out, double gain, Rng *rng) {
    bool tall = out.rows >= out.cols;
    int count = tall ? out.cols : out.rows, length = tall ? out.rows : out.cols;
    if (count == 0) return;
    const Kernels *kernels = kernels_for(DTYPE_F64);
    size_t elements = (size_t)count * (size_t)length;
    double *memory = memory_alloc((elements + (size_t)count) * sizeof *memory);
    Matrix rows = matrix_view(DTYPE_F64, count, length, memory);
    Matrix coefficients = matrix_view(DTYPE_F64, 1, count, memory + elements);
    rng_normals(rng, rows);
    for (int i = 0; i < count; i++) orthonormalise(kernels, rows, i, coefficients);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < length; j++) {
            matrix_set(out, tall ? j : i, tall ? i : j, gain * matrix_get(rows, i, j));
        }
    }
    free(memory);
}
