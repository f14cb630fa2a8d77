// Normal variates: their distribution, their tails, and that the stream is counted exactly, on every path.
#include "core/normal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "core/kernels.h"
#include "core/vmath.h"

// Central moments of the normal distribution: 0, 1, 0, 3; and no correlation between neighbours. Each within 4.5 standard errors.
static void moments(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    Rng rng = rng_stream(1, RNG_TEST, 0);
    double *x = malloc(COUNT * sizeof *x), power[5] = {0}, products = 0;
    rng_normals(&rng, matrix_view(DTYPE_F64, 1, COUNT, x));
    for (int i = 0; i < COUNT; i++) {
        for (int k = 1; k <= 4; k++) power[k] += pow(x[i], k) / COUNT;
        if (i > 0) products += x[i] * x[i - 1] / COUNT;
    }
    double unit = 4.5 / sqrt((double)COUNT);
    assert_true(fabs(power[1]) < unit && fabs(power[2] - 1) < unit * sqrt(2));
    assert_true(fabs(power[3]) < unit * sqrt(15) && fabs(power[4] - 3) < unit * sqrt(96));
    assert_true(fabs(products) < unit);
    free(x);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Kolmogorov and Smirnov: sqrt(n) times the largest distance of the distribution functions exceeds 1.95 with probability 0.001.
static void distribution_function(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    Rng rng = rng_stream(2, RNG_TEST, 0);
    double *x = malloc(COUNT * sizeof *x), distance = 0;
    rng_normals(&rng, matrix_view(DTYPE_F64, 1000, COUNT / 1000, x));
    qsort(x, COUNT, sizeof *x, compare);
    for (int i = 0; i < COUNT; i++) {
        double expected = gsl_cdf_ugaussian_P(x[i]);
        distance = fmax(distance, fmax(expected - (double)i / COUNT, (i + 1.0) / COUNT - expected));
    }
    print_message("sqrt(n) D = %.3f\n", distance * sqrt((double)COUNT));
    assert_true(distance * sqrt((double)COUNT) < 1.95);
    free(x);
}

// Beyond 3, 4, 5 and 5.5 on either side there are as many as there should be: within 4.5 deviations of Poisson's distribution.
static void tails(void **state) {
    (void)state;
    enum { BLOCK = 1 << 16 };
    static const double limits[] = {3, 4, 5, 5.5};
    int blocks = getenv("ENGRAM_TEST_FULL") ? 20000 : 1000;
    double count[4][2] = {{0}}, *x = malloc(BLOCK * sizeof *x);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int b = 0; b < blocks; b++) {
        rng_normals(&rng, matrix_view(DTYPE_F64, 1, BLOCK, x));
        for (int i = 0; i < BLOCK; i++) {
            if (fabs(x[i]) < 3) continue;
            for (int k = 0; k < 4; k++) count[k][x[i] > 0] += fabs(x[i]) > limits[k];
        }
    }
    for (int k = 0; k < 4; k++) {
        double expected = gsl_cdf_ugaussian_Q(limits[k]) * BLOCK * blocks;
        print_message("beyond %.1f: %.0f below, %.0f above, expected %.1f\n", limits[k], count[k][0], count[k][1], expected);
        for (int side = 0; side < 2; side++) assert_true(fabs(count[k][side] - expected) < 4.5 * sqrt(expected) + 1);
    }
    free(x);
    // The most distant variates there can be: the least u.
    assert_true(fabs(vmath_normal(0x1p-52, 0) - 8.490424) < 1e-6 && fabs(vmath_normal(0x1p-52, 0.5) + 8.490424) < 1e-6);
    assert_true(vmath_normal(1, 0.3) == 0);
}

// Against the formula in long double. The logarithm is good to 3 ulp, so its root to 2 or so.
static void the_formula(void **state) {
    (void)state;
    Rng rng = rng_stream(4, RNG_TEST, 0);
    for (int i = 0; i < 100000; i++) {
        double u = 1 - rng_uniform(&rng), v = rng_uniform(&rng);
        long double expected = sqrtl(-2 * logl((long double)u)) * cosl(6.283185307179586476925L * (long double)v);
        assert_true(fabsl((long double)vmath_normal(u, v) - expected) < 5e-16L * fmaxl(fabsl(expected), 0.1L));
    }
}

// Fills a strided matrix on every path from a position of the stream and compares with one variate after the other.
static void check_fill(DType type, int rows, int cols, uint64_t drawn) {
    double storage[3000];
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
        Rng filled = rng_stream(5, RNG_TEST, 1), drawing = filled;
        rng_seek(&filled, drawn);
        rng_seek(&drawing, drawn);
        Matrix m = {type, rows, cols, cols + 2, storage};
        memset(storage, 0, sizeof storage);
        rng_normals(&filled, m);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                double x = rng_normal(&drawing);
                assert_true(matrix_get(m, i, j) == (type == DTYPE_F32 ? (double)(float)x : x));
            }
            m.cols = cols + 2;    // the gap is left alone
            assert_true(matrix_get(m, i, cols) == 0 && matrix_get(m, i, cols + 1) == 0);
            m.cols = cols;
        }
        assert_int_equal(filled.drawn, drawn + 4 * (uint64_t)rows * (uint64_t)cols);
        assert_int_equal(rng_u32(&filled), rng_u32(&drawing));
        unsetenv("ENGRAM_KERNELS");
    }
}

static void one_by_one_or_all_at_once(void **state) {
    (void)state;
    static const int shapes[][2] = {{0, 3}, {3, 0}, {1, 1}, {1, 255}, {1, 256}, {1, 257}, {1, 1000}, {40, 7}, {7, 300}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
            for (uint64_t drawn = 0; drawn < 4; drawn++) check_fill((DType)type, shapes[s][0], shapes[s][1], 1000 + drawn);
        }
    }
}

// Variate n lies 4 n words on, and two fills are one.
static void the_stream_is_counted(void **state) {
    (void)state;
    enum { COUNT = 700 };
    double whole[COUNT], parts[COUNT];
    Rng rng = rng_stream(6, RNG_TEST, 0), again = rng, sought = rng;
    rng_normals(&rng, matrix_view(DTYPE_F64, 1, COUNT, whole));
    for (int first = 0, size; first < COUNT; first += size) {
        size = first + 1 < COUNT - first ? first + 1 : COUNT - first;    // 1, 2, 4, ... variates
        rng_normals(&again, matrix_view(DTYPE_F64, 1, size, parts + first));
    }
    assert_memory_equal(whole, parts, sizeof whole);
    for (int i = COUNT - 1; i >= 0; i -= 13) {
        rng_seek(&sought, 4 * (uint64_t)i);
        assert_true(rng_normal(&sought) == whole[i]);
    }
}

// What later revisions must repeat.
static void the_first_variates(void **state) {
    (void)state;
    static const double expected[] = {0x1.47c8a375a5e31p-2, 0x1.18233e17da3ecp+0, 0x1.0c5ea7d8d98a2p+0, 0x1.7710d7c35937ep-4};
    Rng rng = rng_stream(0, RNG_TEST, 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        double x = rng_normal(&rng);
        if (x != expected[i]) fail_msg("variate %zu is %a, expected %a", i, x, expected[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments),
        cmocka_unit_test(distribution_function),
        cmocka_unit_test(tails),
        cmocka_unit_test(the_formula),
        cmocka_unit_test(one_by_one_or_all_at_once),
        cmocka_unit_test(the_stream_is_counted),
        cmocka_unit_test(the_first_variates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
