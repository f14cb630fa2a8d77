// Products: the portable kernel against the plain loop in increasing k, bit for bit, on every path; OpenBLAS to rounding. And every other
// kernel of core/kernels.h: all instruction sets give the same bits, also on strided views.
#include "core/linalg.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/rng.h"
#include "tests/core/kernel_calls.h"

int openblas_get_num_threads(void);

typedef struct Shape {
    int rows, cols, depth;
    bool ta, tb, accumulate;
    int gaps[3];
} Shape;

static Shape random_shape(Rng *rng, int most) {
    uint32_t bound = (uint32_t)most;
    Shape s = {.rows = (int)rng_below(rng, bound) + 1,
               .cols = (int)rng_below(rng, bound) + 1,
               .depth = (int)rng_below(rng, bound + 1)};
    s.ta = rng_below(rng, 2), s.tb = rng_below(rng, 2), s.accumulate = rng_below(rng, 2);
    for (int i = 0; i < 3; i++) s.gaps[i] = rng_below(rng, 2) ? (int)rng_below(rng, 9) : 0;
    return s;
}

static void expect_same(const char *who, const Shape *s, Matrix found, Matrix expected) {
    if (memcmp(found.data, expected.data, matrix_bytes(found)) != 0) {
        fail_msg("%s %s: [%d,%d] over %d, transposed %d %d, accumulate %d", who, dtype_name(found.type), s->rows, s->cols,
                 s->depth, s->ta, s->tb, s->accumulate);
    }
}

static void check_product(Arena *arena, DType type, const Shape *s, Rng *rng) {
    Matrix a = random_matrix(arena, type, s->ta ? s->depth : s->rows, s->ta ? s->rows : s->depth, s->gaps[0], rng);
    Matrix b = random_matrix(arena, type, s->tb ? s->cols : s->depth, s->tb ? s->depth : s->cols, s->gaps[1], rng);
    Matrix c = random_matrix(arena, type, s->rows, s->cols, s->gaps[2], rng);
    Matrix expected = duplicate(arena, c), found;
    product_by_definition(s->ta, s->tb, a, b, s->accumulate, expected);
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        found = duplicate(arena, c);
        kernels_of(type, path)->product(s->ta, s->tb, a, b, s->accumulate, found);
        expect_same(kernels_path_names[path], s, found, expected);
    }
    found = duplicate(arena, c);
    linalg_portable()->product(s->ta, s->tb, a, b, s->accumulate, found);
    expect_same("portable", s, found, expected);

    Error error = {0};
    found = duplicate(arena, c);
    linalg_find("openblas", &error)->product(s->ta, s->tb, a, b, s->accumulate, found);
    double tolerance = (s->depth + 2) * (type == DTYPE_F32 ? 1.2e-7 : 2.3e-16);
    for (int i = 0; i < s->rows; i++) {
        for (int j = 0; j < s->cols; j++) {
            if (fabs(matrix_get(found, i, j) - matrix_get(expected, i, j)) > tolerance)
                expect_same("openblas", s, found, expected);
        }
    }
}

static void products_equal_the_plain_loop(void **state) {
    (void)state;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    Arena *arena = arena_create(1 << 20);
    int rounds = getenv("ENGRAM_TEST_FULL") ? 5000 : 250;
    for (int round = 0; round < rounds; round++) {
        Shape shape = random_shape(&rng, 70);
        check_product(arena, DTYPE_F32, &shape, &rng);
        check_product(arena, DTYPE_F64, &shape, &rng);
        arena_reset(arena);
    }
    arena_destroy(arena);
}

// Every number of columns and rows around the tiles, the depth where k is cut, and the strides from which panels are
// packed.
static void edges_of_the_tiles(void **state) {
    (void)state;
    static const Shape shapes[] = {
        {.rows = 1, .cols = 1, .depth = 1},
        {.rows = 1, .cols = 1, .depth = 0},
        {.rows = 3, .cols = 5, .depth = 0, .accumulate = true},
        {.rows = 3, .cols = 5, .depth = 0, .gaps = {0, 0, 3}},
        {.rows = 2, .cols = 33, .depth = 255},
        {.rows = 2, .cols = 33, .depth = 256, .tb = true},
        {.rows = 9, .cols = 33, .depth = 257, .tb = true, .accumulate = true},
        {.rows = 5, .cols = 70, .depth = 600, .ta = true},
        {.rows = 24, .cols = 193, .depth = 40},
        {.rows = 23, .cols = 193, .depth = 40},
        {.rows = 30, .cols = 50, .depth = 300, .gaps = {0, 160, 0}},
        {.rows = 32, .cols = 96, .depth = 32, .accumulate = true},
        {.rows = 32, .cols = 128, .depth = 8, .accumulate = true},
        {.rows = 32, .cols = 96, .depth = 500, .ta = true, .accumulate = true},
    };
    Rng rng = rng_stream(2, RNG_TEST, 0);
    Arena *arena = arena_create(1 << 20);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_product(arena, DTYPE_F32, &shapes[i], &rng);
        check_product(arena, DTYPE_F64, &shapes[i], &rng);
        arena_reset(arena);
    }
    for (int n = 1; n <= 68; n++) {
        Shape tall = {.rows = n, .cols = 7, .depth = 5}, broad = {.rows = 5, .cols = n, .depth = 7, .accumulate = true};
        for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
            check_product(arena, (DType)type, &tall, &rng);
            check_product(arena, (DType)type, &broad, &rng);
        }
        arena_reset(arena);
    }
    arena_destroy(arena);
}

static void backends_by_name(void **state) {
    (void)state;
    Error error = {0};
    assert_ptr_equal(linalg_find("portable", &error), linalg_portable());
    assert_string_equal(linalg_find("openblas", &error)->name, "openblas");
    assert_int_equal(openblas_get_num_threads(), 1);
    assert_null(linalg_find("mkl", &error));
    assert_non_null(strstr(error.message, "\"mkl\""));
    assert_non_null(strstr(error.message, "portable, openblas"));
}

// ---- the other kernels ----------------------------------------------------------------------------------------------

// What each does, one element at a time, in double: x, y, z are the old operands 0, 1, 2 and r the row. NaN: not
// described here.
static double described(int which, double x, double y, double z, double r) {
    switch (which) {
    case 0: return x + y;
    case 1: return x - y;
    case 2: return x * y;
    case 3: return z + x * y;
    case 4: return z + 0.3 * x;
    case 5: return -1.7 * x;
    case 6: return x + 0.1;
    case 7: return r;
    case 8: return x + r;
    case 9: return x * r;
    case 10: return z + x * r;
    case 13: return exp(x);
    case 14: return log(x);
    case 15: return tanh(x);
    case 16: return 1 / (1 + exp(-x));
    case 17: return x > 0 ? x : 0;
    case 18: return z + (1 - x * x) * y;
    case 19: return z + x * (1 - x) * y;
    case 20: return z + (x > 0 ? y : 0);
    case 26: return sin(x);
    case 27: return cos(x);
    case 28: return sqrt(-2 * log(x)) * cos(6.283185307179586 * y);
    default: return NAN;
    }
}

static void expect_described(int which, Matrix *before, Matrix after) {
    double tolerance = after.type == DTYPE_F32 ? 1e-6 : 1e-14;
    for (int i = 0; i < after.rows; i++) {
        for (int j = 0; j < after.cols; j++) {
            double x = matrix_get(before[0], i, j),
                   expected = described(which, x, matrix_get(before[1], i, j), matrix_get(before[2], i, j),
                                        matrix_get(before[7], 0, j));
            double found = matrix_get(after, i, j);
            if (isnan(expected) || found == expected) continue;    // not described, or infinite as it should be
            if (!(fabs(found - expected) <= tolerance * fmax(1, fabs(expected)))) {
                fail_msg("kernel %d at %d, %d: %.12g, expected %.12g", which, i, j, found, expected);
            }
        }
    }
}

static void check_kernel(Arena *arena, int which, DType type, int rows, int cols, int gap, Rng *rng) {
    Matrix before[OPERANDS], plain[OPERANDS], other[OPERANDS];
    for (int i = 0; i < OPERANDS; i++) {
        before[i] = random_matrix(arena, type, i == 7 ? 1 : rows, cols, i == 7 ? 0 : gap, rng);
        if (rows > 0 && i < 2) matrix_set(before[i], 0, 0, 0);
        plain[i] = duplicate(arena, before[i]);
    }
    double expected = 0;
    assert_true(kernel_call(kernels_of(type, KERNELS_SCALAR), which, plain, &expected));
    expect_described(which, before, plain[2]);
    for (KernelsPath path = KERNELS_AVX2; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        double found = 0;
        for (int i = 0; i < OPERANDS; i++) other[i] = duplicate(arena, before[i]);
        assert_true(kernel_call(kernels_of(type, path), which, other, &found));
        assert_memory_equal(&found, &expected, sizeof found);
        for (int i = 0; i < OPERANDS; i++) {
            if (memcmp(plain[i].data, other[i].data, matrix_bytes(before[i])) != 0) {
                fail_msg("kernel %d, %s [%d,%d] gap %d: scalar and %s differ in operand %d", which, dtype_name(type), rows,
                         cols, gap, kernels_path_names[path], i);
            }
        }
    }
}

static void all_instruction_sets_agree(void **state) {
    (void)state;
    static const int shapes[][3] = {{1, 1, 0},  {0, 5, 0},  {3, 7, 0},  {2, 16, 0},
                                    {5, 17, 3}, {4, 33, 0}, {7, 70, 5}, {1, 1000, 0}};
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    double number;
    assert_false(kernel_call(kernels_of(DTYPE_F32, KERNELS_SCALAR), KERNEL_CALLS, (Matrix[OPERANDS]){{0}}, &number));
    for (int which = 0; which < KERNEL_CALLS; which++) {
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
                check_kernel(arena, which, (DType)type, shapes[s][0], shapes[s][1], shapes[s][2], &rng);
            }
        }
        arena_reset(arena);
    }
    arena_destroy(arena);
}

// Sums and the derivative of the blend, against plain double arithmetic.
static void sums_and_blends(void **state) {
    (void)state;
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        const Kernels *t = kernels_for((DType)type);
        double tolerance = type == DTYPE_F32 ? 2e-5 : 1e-13;
        Matrix o[OPERANDS], old[OPERANDS];
        for (int i = 0; i < OPERANDS; i++)
            o[i] = random_matrix(arena, (DType)type, i == 7 ? 1 : 13, 37, i == 7 ? 0 : i % 3, &rng);
        for (int i = 0; i < OPERANDS; i++) old[i] = duplicate(arena, o[i]);
        double sum = 0, squares = 0;
        for (int k = 0; k < 13 * 37; k++) {
            double x = matrix_get(o[0], k / 37, k % 37);
            sum += x, squares += x * x;
        }
        assert_true(fabs(t->sum(o[0]) - sum) < tolerance && fabs(t->sum_squares(o[0]) - squares) < tolerance);
        t->mul_sum_rows(o[0], o[1], o[7]);
        t->blend_vjp(o[0], o[1], o[2], o[3], o[4], o[5], o[6]);
        for (int j = 0; j < 37; j++) {
            double products = matrix_get(old[7], 0, j);
            for (int i = 0; i < 13; i++) {
                double z = matrix_get(o[0], i, j), a = matrix_get(o[1], i, j), b = matrix_get(o[2], i, j),
                       g = matrix_get(o[3], i, j);
                products += z * a;
                assert_true(fabs(matrix_get(o[4], i, j) - matrix_get(old[4], i, j) - (b - a) * g) < tolerance);
                assert_true(fabs(matrix_get(o[5], i, j) - matrix_get(old[5], i, j) - (1 - z) * g) < tolerance);
                assert_true(fabs(matrix_get(o[6], i, j) - matrix_get(old[6], i, j) - z * g) < tolerance);
            }
            assert_true(fabs(matrix_get(o[7], 0, j) - products) < tolerance);
        }
        Matrix turned = random_matrix(arena, (DType)type, 37, 13, 2, &rng);
        t->transpose(o[0], turned);
        for (int k = 0; k < 13 * 37; k++) assert_true(matrix_get(o[0], k / 37, k % 37) == matrix_get(turned, k % 37, k / 37));
    }
    arena_destroy(arena);
}

static void optimisers_agree(void **state) {
    (void)state;
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        Matrix start[4], parts[KERNELS_PATHS][4];
        for (int i = 0; i < 4; i++) start[i] = random_matrix(arena, (DType)type, 1, 1003, 0, &rng);
        kernels_for((DType)type)->mul(start[2], start[2], start[2]);    // second moments are not negative
        for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
            if (!kernels_supported(path)) continue;
            const Kernels *table = kernels_of((DType)type, path);
            Matrix *p = parts[path];
            for (int i = 0; i < 4; i++) p[i] = duplicate(arena, start[i]);
            for (int step = 0; step < 5; step++) {
                table->adam(p[0], p[1], p[2], p[3], 0.9, 0.999, 1e-2, 0.5, 1e-8);
                table->rmsprop(p[0], p[2], p[3], 0.99, 1e-2, 1e-8);
                table->momentum(p[0], p[1], p[3], 0.9, 1e-2);
            }
            for (int i = 0; i < 4; i++) assert_memory_equal(p[i].data, parts[KERNELS_SCALAR][i].data, matrix_bytes(start[i]));
            assert_true(matrix_finite(p[3]));
        }
    }
    arena_destroy(arena);
}

static void the_table_of_this_machine(void **state) {
    (void)state;
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        setenv("ENGRAM_KERNELS", kernels_path_names[path], 1);
        assert_int_equal(kernels_path(), path);
        assert_ptr_equal(kernels_for(DTYPE_F32), kernels_of(DTYPE_F32, path));
        assert_string_equal(kernels_for(DTYPE_F64)->path, kernels_path_names[path]);
        unsetenv("ENGRAM_KERNELS");
        assert_true(kernels_path() >= path);    // by itself, the widest
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_the_plain_loop),
        cmocka_unit_test(edges_of_the_tiles),
        cmocka_unit_test(backends_by_name),
        cmocka_unit_test(all_instruction_sets_agree),
        cmocka_unit_test(sums_and_blends),
        cmocka_unit_test(optimisers_agree),
        cmocka_unit_test(the_table_of_this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
