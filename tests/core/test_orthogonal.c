// Orthogonal initialisation: Q^T Q = 1, Q R is the matrix that was drawn, R's diagonal is positive; the same bits on every path.
#include "core/orthogonal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/normal.h"
#include "core/weights.h"

static Matrix new_matrix(Arena *arena, DType type, int rows, int cols) {
    return matrix_view(type, rows, cols, arena_alloc(arena, (size_t)rows * (size_t)cols * dtype_size(type)));
}

// Largest |Q^T Q - gain^2| over pairs of the shorter side's vectors.
static double defect(Arena *arena, Matrix q, double gain) {
    bool tall = q.rows >= q.cols;
    int count = tall ? q.cols : q.rows;
    Matrix products = new_matrix(arena, DTYPE_F64, count, count);
    kernels_for(DTYPE_F64)->product(tall, !tall, q, q, false, products);
    double worst = 0;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            worst = fmax(worst, fabs(matrix_get(products, i, j) - (i == j ? gain * gain : 0)));
        }
    }
    return worst;
}

// R = Q^T A of the matrix that the stream gave: zero below the diagonal, positive on it, and Q R = A.
static void expect_factors(Arena *arena, Matrix q, Rng rng) {
    bool tall = q.rows >= q.cols;
    int count = tall ? q.cols : q.rows, length = tall ? q.rows : q.cols;
    Matrix drawn = new_matrix(arena, DTYPE_F64, count, length), r = new_matrix(arena, DTYPE_F64, count, count);
    rng_normals(&rng, drawn);    // A^T
    kernels_for(DTYPE_F64)->product(tall, true, q, drawn, false, r);
    for (int i = 0; i < count; i++) {
        assert_true(matrix_get(r, i, i) > 0);
        for (int j = 0; j < i; j++) assert_true(fabs(matrix_get(r, i, j)) < 1e-12);
    }
    Matrix again = new_matrix(arena, DTYPE_F64, length, count);
    kernels_for(DTYPE_F64)->product(!tall, false, q, r, false, again);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < length; j++) assert_true(fabs(matrix_get(again, j, i) - matrix_get(drawn, i, j)) < 1e-12);
    }
}

static void columns_or_rows_are_orthonormal(void **state) {
    (void)state;
    static const int shapes[][2] = {{1, 1},    {1, 5},    {5, 1},     {2, 2},     {3, 8},     {16, 16},
                                    {33, 20},  {20, 33},  {64, 64},   {128, 128}, {256, 256}, {256, 64},
                                    {64, 256}, {255, 17}, {200, 199}, {199, 200}, {300, 2},   {0, 4}};
    Arena *arena = arena_create(1 << 20);
    double worst = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (uint64_t seed = 0; seed < 3; seed++) {
            Matrix q = new_matrix(arena, DTYPE_F64, shapes[s][0], shapes[s][1]);
            Rng rng = rng_stream(seed, RNG_TEST, 0), before = rng;
            orthogonal_fill(q, 1, &rng);
            assert_int_equal(rng.drawn, 4 * q.rows * q.cols);
            worst = fmax(worst, defect(arena, q, 1));
            expect_factors(arena, q, before);
            arena_reset(arena);
        }
    }
    arena_destroy(arena);
    print_message("largest |Q^T Q - 1|: %.2g\n", worst);
    assert_true(worst < 1e-14);
}

// The gate blocks of a recurrent matrix, each apart; floats are the rounded doubles; and the same on every path.
static void blocks_types_and_paths(void **state) {
    (void)state;
    enum { HIDDEN = 24 };
    Arena *arena = arena_create(1 << 20);
    Matrix first = {0};
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
        Matrix wide = new_matrix(arena, DTYPE_F64, HIDDEN, 3 * HIDDEN),
               narrow = new_matrix(arena, DTYPE_F32, HIDDEN, 3 * HIDDEN);
        matrix_zero(wide);
        Rng rng = rng_stream(9, RNG_TEST, 0), same = rng;
        for (int gate = 0; gate < 3; gate++) {
            Matrix block = matrix_cols(wide, gate * HIDDEN, HIDDEN);
            orthogonal_fill(block, 1.5, &rng);
            orthogonal_fill(matrix_cols(narrow, gate * HIDDEN, HIDDEN), 1.5, &same);
            assert_true(defect(arena, block, 1.5) < 1e-14);
            if (gate < 2) assert_true(matrix_get(wide, 0, (gate + 1) * HIDDEN) == 0);
        }
        for (int k = 0; k < HIDDEN * 3 * HIDDEN; k++) {
            double x = matrix_get(wide, k / (3 * HIDDEN), k % (3 * HIDDEN));
            assert_true(matrix_get(narrow, k / (3 * HIDDEN), k % (3 * HIDDEN)) == (double)(float)x);
        }
        if (path == KERNELS_SCALAR) first = wide;
        assert_memory_equal(wide.data, first.data, sizeof(double) * HIDDEN * 3 * HIDDEN);
        unsetenv("ENGRAM_KERNELS");
    }
    arena_destroy(arena);
}

// Haar's measure on n x n: elements have mean 0, variance 1/n and fourth moment 3 / (n (n + 2)); both determinants are as likely. The first
// column too, which a wrong sign of R would spoil.
static void uniform_among_all(void **state) {
    (void)state;
    enum { N = 6, DRAWS = 20000 };
    Rng rng = rng_stream(10, RNG_TEST, 0);
    double q[N * N], mean[N * N] = {0}, variance[N * N] = {0}, fourth = 0, trace = 0;
    for (int d = 0; d < DRAWS; d++) {
        orthogonal_fill(matrix_view(DTYPE_F64, N, N, q), 1, &rng);
        for (int k = 0; k < N * N; k++) {
            mean[k] += q[k] / DRAWS;
            variance[k] += q[k] * q[k] / DRAWS;
            fourth += pow(q[k], 4) / DRAWS / (N * N);
        }
        for (int k = 0; k < N; k++) trace += q[k * (N + 1)];
    }
    double root = sqrt((double)DRAWS);
    for (int k = 0; k < N * N; k++) {
        assert_true(fabs(mean[k]) < 5 * sqrt(1.0 / N) / root);
        assert_true(fabs(variance[k] - 1.0 / N) < 5 * sqrt(3.0 / (N * (N + 2)) - 1.0 / (N * N)) / root);
    }
    assert_true(fabs(fourth - 3.0 / (N * (N + 2))) < 0.001);
    assert_true(fabs(trace / root) < 5);    // the trace has mean 0 and variance 1
}

static void weights_by_index(void **state) {
    (void)state;
    Weights *weights = weights_create(DTYPE_F64);
    weights_add(weights, "other", 3, 5);
    weights_add(weights, "recurrent", 12, 12);
    weights_seal(weights);
    Rng rng = rng_stream(11, RNG_TEST, 0), same = rng;
    weights_orthogonal(weights, 1, 2, &rng);
    double expected[144];
    orthogonal_fill(matrix_view(DTYPE_F64, 12, 12, expected), 2, &same);
    assert_memory_equal(weights_value(weights, 1).data, expected, sizeof expected);
    assert_true(matrix_get(weights_value(weights, 0), 2, 4) == 0);
    weights_destroy(weights);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_or_rows_are_orthonormal),
        cmocka_unit_test(blocks_types_and_paths),
        cmocka_unit_test(uniform_among_all),
        cmocka_unit_test(weights_by_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
