// Products and kernels at the edges of arithmetic and of memory, on every path: subnormal numbers, infinities and NaN, matrices that begin
// anywhere, matrices without elements; and what softmax does with -infinity and NaN.
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
#include "core/rng.h"
#include "tests/core/kernel_calls.h"

// All elements of the memory under a matrix, gaps included.
static Matrix whole(Matrix m) {
    return matrix_view(m.type, 1, m.rows * m.stride, m.data);
}

// Which of two NaNs an operation passes on depends on the order of its operands, which the compiler chooses: all NaNs are made one.
static void one_nan(Matrix m) {
    Matrix all = whole(m);
    for (int k = 0; k < all.cols; k++) {
        if (isnan(matrix_get(all, 0, k))) matrix_set(all, 0, k, NAN);
    }
}

static bool same_bits(Matrix a, Matrix b) {
    one_nan(a);
    one_nan(b);
    return matrix_bytes(a) == 0 || memcmp(a.data, b.data, matrix_bytes(a)) == 0;
}

// A copy that begins one element behind a multiple of 64 bytes.
static Matrix misaligned(Arena *arena, Matrix m) {
    Matrix copy = m;
    copy.data = (char *)arena_alloc(arena, matrix_bytes(m) + dtype_size(m.type)) + dtype_size(m.type);
    if (matrix_bytes(m) > 0) memcpy(copy.data, m.data, matrix_bytes(m));
    return copy;
}

// ---- operands --------------------------------------------------------------------------------------------------------------

typedef enum Operands { ORDINARY, SMALL, SUBNORMAL, SPECIAL, OPERAND_KINDS } Operands;
static const char *const operand_names[] = {"ordinary", "small", "subnormal", "special"};

// Small: products are subnormal. Subnormal: so are the operands. Special: one in eight is no ordinary number.
static Matrix operand(Arena *arena, Operands kind, DType type, int rows, int cols, int gap, Rng *rng) {
    Matrix m = random_matrix(arena, type, rows, cols, gap, rng), all = whole(m);
    static const double special[] = {INFINITY, -INFINITY, NAN, 0.0, -0.0, 1e300, -1e-310, 1};
    int exponent = kind == SMALL ? (type == DTYPE_F32 ? -70 : -530) : type == DTYPE_F32 ? -135 : -1060;
    for (int k = 0; k < all.cols && kind != ORDINARY; k++) {
        double x = matrix_get(all, 0, k);
        if (kind != SPECIAL) matrix_set(all, 0, k, ldexp(x, exponent));
        else if (rng_below(rng, 8) == 0) matrix_set(all, 0, k, special[rng_below(rng, 8)]);
    }
    return m;
}

// ---- products --------------------------------------------------------------------------------------------------------------

typedef struct Shape {
    int rows, cols, depth;
} Shape;

static int count_subnormal(Matrix m) {
    int count = 0;
    for (int i = 0; i < m.rows; i++) {
        for (int j = 0; j < m.cols; j++) {
            double x = fabs(matrix_get(m, i, j));
            count += x > 0 && x < (m.type == DTYPE_F32 ? 0x1p-126 : 0x1p-1022);
        }
    }
    return count;
}

// One product in one of the eight ways on every path, aligned and not, against the definition; returns how many results are subnormal.
static int check_product(Arena *arena, Operands left, Operands right, DType type, Shape s, int way, Rng *rng) {
    bool ta = way & 1, tb = way & 2, accumulate = way & 4;
    Matrix a = operand(arena, left, type, ta ? s.depth : s.rows, ta ? s.rows : s.depth, way % 3, rng);
    Matrix b = operand(arena, right, type, tb ? s.cols : s.depth, tb ? s.depth : s.cols, way % 2, rng);
    Matrix c = operand(arena, left == SMALL ? SUBNORMAL : left, type, s.rows, s.cols, way % 5, rng);
    Matrix expected = duplicate(arena, c);
    product_by_definition(ta, tb, a, b, accumulate, expected);
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        for (int shifted = 0; shifted < 2; shifted++) {
            Matrix x = shifted ? misaligned(arena, a) : a, y = shifted ? misaligned(arena, b) : b;
            Matrix found = shifted ? misaligned(arena, c) : duplicate(arena, c);
            kernels_of(type, path)->product(ta, tb, x, y, accumulate, found);
            if (same_bits(found, expected)) continue;
            fail_msg("%s %s, %s by %s: [%d,%d] over %d, way %d, misaligned %d", kernels_path_names[path], dtype_name(type),
                     operand_names[left], operand_names[right], s.rows, s.cols, s.depth, way, shifted);
        }
    }
    return count_subnormal(expected);
}

// Shapes for each part of the product: tiles, edges of rows and columns, packed panels, two chunks of k, a column alone.
static int check_products(Operands left, Operands right) {
    static const Shape shapes[] = {{1, 1, 1},  {3, 5, 7},  {9, 33, 20},   {32, 64, 40}, {33, 70, 31},
                                   {8, 1, 17}, {70, 3, 9}, {26, 200, 12}, {5, 40, 300}, {130, 35, 10}};
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(1, RNG_TEST, left * OPERAND_KINDS + right);
    int subnormal = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int way = 0; way < 8; way++) {
            for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
                subnormal += check_product(arena, left, right, (DType)type, shapes[i], way, &rng);
            }
            arena_reset(arena);
        }
    }
    arena_destroy(arena);
    return subnormal;
}

static void products_of_misaligned_matrices(void **state) {
    (void)state;
    check_products(ORDINARY, ORDINARY);
}

// Nothing is flushed to zero, and what is rounded is rounded alike.
static void products_among_the_subnormals(void **state) {
    (void)state;
    assert_true(check_products(SMALL, SMALL) > 50000);
    assert_true(check_products(SUBNORMAL, ORDINARY) > 50000);
    assert_true(check_products(ORDINARY, SUBNORMAL) > 0);
}

static void products_of_infinities_and_nan(void **state) {
    (void)state;
    check_products(SPECIAL, SPECIAL);
    check_products(SPECIAL, ORDINARY);
    check_products(ORDINARY, SPECIAL);
}

// Without rows or columns nothing is written; without depth the product is zero, or adds nothing.
static void products_without_elements(void **state) {
    (void)state;
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    static const int sizes[] = {0, 1, 17, 40};
    for (int k = 0; k < 64; k++) {
        Shape shape = {sizes[k % 4], sizes[k / 4 % 4], sizes[k / 16]};
        if (shape.rows * shape.cols * shape.depth != 0) continue;
        for (int way = 0; way < 8; way++) {
            for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
                check_product(arena, ORDINARY, ORDINARY, (DType)type, shape, way, &rng);
            }
        }
        arena_reset(arena);
    }
    arena_destroy(arena);
}

// ---- kernels ---------------------------------------------------------------------------------------------------------------

static void check_kernel(Arena *arena, int which, Operands kind, DType type, int rows, int cols, int gap, Rng *rng) {
    Matrix before[OPERANDS], plain[OPERANDS], other[OPERANDS];
    for (int i = 0; i < OPERANDS; i++) {
        before[i] = operand(arena, kind, type, i == 7 ? 1 : rows, cols, i == 7 ? 0 : gap, rng);
        plain[i] = duplicate(arena, before[i]);
    }
    double expected = 0;
    assert_true(kernel_call(kernels_of(type, KERNELS_SCALAR), which, plain, &expected));
    for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
        if (!kernels_supported(path)) continue;
        for (int shifted = 0; shifted < 2; shifted++) {
            double found = 0;
            for (int i = 0; i < OPERANDS; i++) other[i] = shifted ? misaligned(arena, before[i]) : duplicate(arena, before[i]);
            kernel_call(kernels_of(type, path), which, other, &found);
            assert_true(found == expected || (isnan(found) && isnan(expected)));
            for (int i = 0; i < OPERANDS; i++) {
                if (same_bits(plain[i], other[i])) continue;
                fail_msg("kernel %d, %s %s [%d,%d] gap %d: scalar and %s differ in operand %d, misaligned %d", which,
                         operand_names[kind], dtype_name(type), rows, cols, gap, kernels_path_names[path], i, shifted);
            }
        }
    }
}

static void kernels_at_the_edges(void **state) {
    (void)state;
    static const int shapes[][3] = {{1, 1, 0}, {0, 5, 0}, {3, 7, 0}, {5, 17, 3}, {4, 32, 0}, {6, 71, 5}};
    Arena *arena = arena_create(1 << 20);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int which = 0; which < KERNEL_CALLS; which++) {
        for (int kind = ORDINARY; kind < OPERAND_KINDS; kind++) {
            for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
                for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
                    check_kernel(arena, which, (Operands)kind, (DType)type, shapes[s][0], shapes[s][1], shapes[s][2], &rng);
                }
            }
            arena_reset(arena);
        }
    }
    arena_destroy(arena);
}

// Sums keep subnormal terms, and all kernels but softmax (which needs an element to start from) do without columns.
static void kernels_without_columns(void **state) {
    (void)state;
    Arena *arena = arena_create(1 << 16);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    for (int which = 0; which < KERNEL_CALLS; which++) {
        if (which == KERNEL_SOFTMAX) continue;
        for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
            check_kernel(arena, which, ORDINARY, (DType)type, 3, 0, 0, &rng);
            check_kernel(arena, which, ORDINARY, (DType)type, 3, 0, 2, &rng);
        }
    }
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        Matrix m = operand(arena, SUBNORMAL, (DType)type, 1, 1, 0, &rng);
        assert_true(kernels_for((DType)type)->sum(m) == matrix_get(m, 0, 0) && matrix_get(m, 0, 0) != 0);
    }
    arena_destroy(arena);
}

// ---- softmax ---------------------------------------------------------------------------------------------------------------

// The definition in the order that the kernel promises: maximum, differences, exponentials, sum from left to right, quotients.
static void softmax_by_definition(Matrix x, Matrix y, Matrix log_sum) {
    const Kernels *scalar = kernels_of(x.type, KERNELS_SCALAR);
    for (int i = 0; i < x.rows; i++) {
        double high = matrix_get(x, i, 0), sum = 0;
        for (int j = 1; j < x.cols; j++) high = matrix_get(x, i, j) > high ? matrix_get(x, i, j) : high;
        for (int j = 0; j < x.cols; j++) matrix_set(y, i, j, matrix_get(x, i, j) - high);
        Matrix row = matrix_rows(y, i, 1);
        scalar->exp(row, row);
        for (int j = 0; j < x.cols; j++) {
            sum += matrix_get(y, i, j);
            if (x.type == DTYPE_F32) sum = (double)(float)sum;
        }
        for (int j = 0; j < x.cols; j++) matrix_set(y, i, j, matrix_get(y, i, j) / sum);
        matrix_set(log_sum, i, 0, sum);
    }
    scalar->log(log_sum, log_sum);
}

// Rows 1 to 4 of these have something special; what becomes of them, and that their neighbours are left alone, is the same on every path.
static void expect_special_rows(Matrix y, Matrix log_sum) {
    for (int j = 0; j < y.cols; j++) {
        assert_true(j % 2 ? matrix_get(y, 1, j) == 0 : matrix_get(y, 1, j) > 0);    // exactly no probability
        assert_true(isnan(matrix_get(y, 2, j)) && isnan(matrix_get(y, 3, j)) && isnan(matrix_get(y, 4, j)));
        assert_true(matrix_get(y, 5, j) == 0 || j == 0);
    }
    assert_true(isfinite(matrix_get(log_sum, 1, 0)) && isnan(matrix_get(log_sum, 2, 0)) && isnan(matrix_get(log_sum, 3, 0)));
    assert_true(matrix_get(y, 5, 0) == 1 && matrix_get(log_sum, 5, 0) == 0);
    double sum = 0;
    for (int j = 0; j < y.cols; j++) sum += matrix_get(y, 0, j);
    assert_true(fabs(sum - 1) < 1e-6);
}

// -infinity has probability zero; a row of nothing else, a row with +infinity and a row with a NaN anywhere become NaN throughout: an undefined
// distribution must not look like one.
static void softmax(void **state) {
    (void)state;
    enum { ROWS = 7 };
    static const int widths[] = {1, 2, 3, 15, 16, 17, 33, 100};
    Arena *arena = arena_create(1 << 16);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
            int cols = widths[w];
            Matrix x = operand(arena, ORDINARY, (DType)type, ROWS, cols, 2, &rng);
            Matrix y = duplicate(arena, x), high = operand(arena, ORDINARY, (DType)type, ROWS, 1, 0, &rng);
            Matrix log_sum = duplicate(arena, high), expected_y = duplicate(arena, x), expected_sum = duplicate(arena, high);
            for (int j = 0; j < cols; j++) {
                if (j % 2) matrix_set(x, 1, j, -INFINITY);
                matrix_set(x, 2, j, -INFINITY);
                matrix_set(x, 5, j, j ? -1e30 : 1e30);
            }
            matrix_set(x, 3, (int)rng_below(&rng, (uint32_t)cols), NAN);
            matrix_set(x, 4, (int)rng_below(&rng, (uint32_t)cols), INFINITY);
            softmax_by_definition(x, expected_y, expected_sum);
            for (KernelsPath path = KERNELS_SCALAR; path < KERNELS_PATHS; path++) {
                if (!kernels_supported(path)) continue;
                kernels_of((DType)type, path)->softmax(x, y, high, log_sum);
                expect_special_rows(y, log_sum);
                assert_true(same_bits(log_sum, expected_sum));
                for (int k = 0; k < ROWS * cols; k++) {
                    double found = matrix_get(y, k / cols, k % cols), expected = matrix_get(expected_y, k / cols, k % cols);
                    assert_true(found == expected || (isnan(found) && isnan(expected)));
                }
            }
        }
    }
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_of_misaligned_matrices),
        cmocka_unit_test(products_among_the_subnormals),
        cmocka_unit_test(products_of_infinities_and_nan),
        cmocka_unit_test(products_without_elements),
        cmocka_unit_test(kernels_at_the_edges),
        cmocka_unit_test(kernels_without_columns),
        cmocka_unit_test(softmax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
