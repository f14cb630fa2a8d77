#include "core/linalg.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

#include "core/kernels.h"

extern const Kernels kernels_f32_v3, kernels_f32_v4, kernels_f64_v3, kernels_f64_v4;

static void product_avx2(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {
    const Kernels *kernels = c.type == DTYPE_F32 ? &kernels_f32_v3 : &kernels_f64_v3;
    kernels->product(transpose_a, transpose_b, a, b, accumulate, c);
}

static void product_avx512(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {
    const Kernels *kernels = c.type == DTYPE_F32 ? &kernels_f32_v4 : &kernels_f64_v4;
    kernels->product(transpose_a, transpose_b, a, b, accumulate, c);
}

static void product_openblas(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {
    int depth = transpose_a ? a.rows : a.cols;
    assert(depth == (transpose_b ? b.cols : b.rows) && a.type == c.type && b.type == c.type);
    CBLAS_TRANSPOSE ta = transpose_a ? CblasTrans : CblasNoTrans, tb = transpose_b ? CblasTrans : CblasNoTrans;
    if (c.type == DTYPE_F32) {
        cblas_sgemm(CblasRowMajor, ta, tb, c.rows, c.cols, depth, 1.0f, a.data, a.stride, b.data, b.stride,
                    accumulate ? 1.0f : 0.0f, c.data, c.stride);
    } else {
        cblas_dgemm(CblasRowMajor, ta, tb, c.rows, c.cols, depth, 1.0, a.data, a.stride, b.data, b.stride,
                    accumulate ? 1.0 : 0.0, c.data, c.stride);
    }
}

static const Linalg portable_avx2 = {"portable", product_avx2};
static const Linalg portable_avx512 = {"portable", product_avx512};
static const Linalg openblas = {"openblas", product_openblas};

const Linalg *linalg_portable(void) {
    return kernels_wide() ? &portable_avx512 : &portable_avx2;
}

const Linalg *linalg_find(const char *name, Error *error) {
    if (strcmp(name, "portable") == 0) return linalg_portable();
    if (strcmp(name, "openblas") != 0) {
        error_set(error, "arithmetic \"%s\" is unknown; accepted: portable, openblas", name);
        return NULL;
    }
    // Parallelism is across runs: a second thread here would only disturb the others.
    openblas_set_num_threads(1);
    if (openblas_get_num_threads() != 1) {
        error_set(error, "OpenBLAS would not go down to one thread (it reports %d)", openblas_get_num_threads());
        return NULL;
    }
    return &openblas;
}
