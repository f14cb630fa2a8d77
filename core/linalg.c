#include "core/linalg.h"

#include <assert.h>
#include <cblas.h>
#include <string.h>

#include "core/kernels.h"

// A Linalg has no state, so each path has its own function.
#define PRODUCT(name, path)                                                                                                    \
    static void name(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c) {                      \
        kernels_of(c.type, path)->product(transpose_a, transpose_b, a, b, accumulate, c);                                      \
    }
PRODUCT(product_scalar, KERNELS_SCALAR)
PRODUCT(product_avx2, KERNELS_AVX2)
PRODUCT(product_avx512, KERNELS_AVX512)
#undef PRODUCT

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

static const Linalg portable[KERNELS_PATHS] = {
    [KERNELS_SCALAR] = {"portable", product_scalar},
    [KERNELS_AVX2] = {"portable", product_avx2},
    [KERNELS_AVX512] = {"portable", product_avx512},
};
static const Linalg openblas = {"openblas", product_openblas};

const Linalg *linalg_portable(void) {
    return &portable[kernels_path()];
}

bool linalg_is_portable(const Linalg *linalg) {
    return linalg >= portable && linalg < portable + KERNELS_PATHS;
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
