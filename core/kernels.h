// The inner loops under tape, optimisers and products: one table per element type, compiled from one source without vectors, for AVX2 and for AVX-512
// (core/kernels.inc.h, core/gemm.inc.h) and chosen by the CPU at run time. All give the same bits: outputs are computed element by
// element, and sums have a fixed order.
#pragma once

#include "core/matrix.h"

// Matrices of one call have the same shape (rows of length `cols` apart by their own strides) unless stated. Names ending in _vjp add
// to the gradient of the input: dx += ... .
typedef struct Kernels {
    const char *path;    // "scalar", "avx2", "avx512"
    // See core/linalg.h.
    void (*product)(bool transpose_a, bool transpose_b, Matrix a, Matrix b, bool accumulate, Matrix c);

    void (*add)(Matrix a, Matrix b, Matrix y);
    void (*sub)(Matrix a, Matrix b, Matrix y);
    void (*mul)(Matrix a, Matrix b, Matrix y);
    void (*mul_add)(Matrix a, Matrix b, Matrix y);         // y += a b
    void (*axpy)(double factor, Matrix x, Matrix y);       // y += factor x
    void (*scale)(double factor, Matrix x, Matrix y);      // y = factor x
    void (*shift)(double constant, Matrix x, Matrix y);    // y = x + constant
    void (*repeat_row)(Matrix row, Matrix y);              // every row of y = row, row [1,cols]
    void (*add_row)(Matrix x, Matrix row, Matrix y);       // y = x + row, row [1,cols]
    void (*mul_row)(Matrix x, Matrix row, Matrix y);
    void (*mul_row_add)(Matrix x, Matrix row, Matrix y);     // y += x row
    void (*sum_rows)(Matrix x, Matrix row);                  // row += sum over the rows of x, in order
    void (*mul_sum_rows)(Matrix a, Matrix b, Matrix row);    // row += sum over rows of a b

    void (*exp)(Matrix x, Matrix y);
    void (*log)(Matrix x, Matrix y);
    void (*tanh)(Matrix x, Matrix y);
    void (*logistic)(Matrix x, Matrix y);
    void (*sin)(Matrix x, Matrix y);
    void (*cos)(Matrix x, Matrix y);
    void (*normal)(Matrix u, Matrix v, Matrix y);    // y = sqrt(-2 ln u) cos(2 pi v), 0 < u <= 1; see core/normal.h
    void (*relu)(Matrix x, Matrix y);
    void (*tanh_vjp)(Matrix y, Matrix dy, Matrix dx);                                               // dx += (1 - y^2) dy
    void (*logistic_vjp)(Matrix y, Matrix dy, Matrix dx);                                           // dx += y (1 - y) dy
    void (*relu_vjp)(Matrix y, Matrix dy, Matrix dx);                                               // dx += dy where y > 0
    void (*relu_mask)(Matrix y, Matrix dy);                                                         // dy = 0 where y <= 0
    void (*blend)(Matrix z, Matrix a, Matrix b, Matrix y);                                          // y = (1-z) a + z b
    void (*blend_vjp)(Matrix z, Matrix a, Matrix b, Matrix dy, Matrix dz, Matrix da, Matrix db);    // NULL data: not wanted

    double (*sum)(Matrix x);    // of all elements, in 16 interleaved partial sums
    double (*sum_squares)(Matrix x);

    // y = softmax of each row of x, which has at least one column; log_sum [rows,1] = log sum exp of each row, less its maximum; maximum
    // [rows,1]. An element of -infinity has probability 0. A row with a NaN or +infinity in it, or of nothing but -infinity, becomes NaN, y and
    // log_sum alike.
    void (*softmax)(Matrix x, Matrix y, Matrix maximum, Matrix log_sum);

    void (*transpose)(Matrix x, Matrix y);    // y [cols,rows]

    // Optimisers on flat arrays [1,n]; see core/optim.h.
    void (*adam)(Matrix gradient, Matrix m, Matrix v, Matrix value, double beta1, double beta2, double step,
                 double root_correction, double epsilon);
    void (*rmsprop)(Matrix gradient, Matrix v, Matrix value, double decay, double learning_rate, double epsilon);
    void (*momentum)(Matrix gradient, Matrix m, Matrix value, double mu, double learning_rate);
} Kernels;

// Instruction sets, from the plainest to the widest.
typedef enum KernelsPath { KERNELS_SCALAR, KERNELS_AVX2, KERNELS_AVX512, KERNELS_PATHS } KernelsPath;
extern const char *const kernels_path_names[];    // "scalar", "avx2", "avx512", NULL: values of ENGRAM_KERNELS
bool kernels_supported(KernelsPath path);         // by the vectors of this CPU
const char *kernels_missing(
    KernelsPath path);    // an instruction set that this CPU lacks for it, or NULL; looks closer, and is slow

// The widest path of this CPU, or the one that ENGRAM_KERNELS names in the environment if the CPU has it (cli/platform.c refuses others).
KernelsPath kernels_path(void);

// The table for an element type (F32 or F64) on one path, or on kernels_path(). Looked up once by whoever loops, not inside the loop.
const Kernels *kernels_of(DType type, KernelsPath path);
const Kernels *kernels_for(DType type);
