// Sets of weights: contiguous, named, copied, archived.
#include "core/weights.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Weights *three_matrices(DType type) {
    Weights *weights = weights_create(type);
    assert_int_equal(weights_add(weights, "a/matrix", 3, 7), 0);
    assert_int_equal(weights_add(weights, "a/bias", 1, 7), 1);
    assert_int_equal(weights_add(weights, "head", 5, 16), 2);
    weights_seal(weights);
    return weights;
}

static void names_shapes_and_zeros(void **state) {
    (void)state;
    static const int shapes[3][2] = {{3, 7}, {1, 7}, {5, 16}};
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        Weights *weights = three_matrices((DType)type);
        assert_int_equal(weights_type(weights), type);
        assert_int_equal(weights_count(weights), 3);
        assert_string_equal(weights_name(weights, 1), "a/bias");
        assert_int_equal(weights_find(weights, "head"), 2);
        assert_int_equal(weights_find(weights, "hea"), -1);
        for (int i = 0; i < 3; i++) {
            Matrix value = weights_value(weights, i), gradient = weights_gradient(weights, i);
            assert_true(value.rows == shapes[i][0] && value.cols == shapes[i][1] && value.type == (DType)type);
            assert_true(gradient.rows == shapes[i][0] && gradient.cols == shapes[i][1] && gradient.stride == gradient.cols);
            assert_int_equal((uintptr_t)value.data % 64, 0);    // on a cache line
            for (int r = 0; r < value.rows; r++) {
                for (int c = 0; c < value.cols; c++)
                    assert_true(matrix_get(value, r, c) == 0 && matrix_get(gradient, r, c) == 0);
            }
        }
        weights_destroy(weights);
    }
    weights_destroy(NULL);
}

// The flat rows hold every matrix and nothing else but zeros.
static void the_flat_rows_cover_all(void **state) {
    (void)state;
    Weights *weights = three_matrices(DTYPE_F64);
    for (int i = 0; i < 3; i++) weights_fill(weights, i, i + 1);
    Matrix gradient = weights_gradient(weights, 1);
    matrix_set(gradient, 0, 6, -9);
    Matrix all = weights_values(weights), slopes = weights_gradients(weights);
    assert_true(all.rows == 1 && slopes.rows == 1 && all.cols == slopes.cols && all.cols >= 21 + 7 + 80);
    double sum = 0, slope = 0;
    int zeros = 0;
    for (int j = 0; j < all.cols; j++) {
        sum += matrix_get(all, 0, j);
        zeros += matrix_get(all, 0, j) == 0;
        slope += matrix_get(slopes, 0, j);
    }
    assert_true(sum == 21 * 1 + 7 * 2 + 80 * 3 && slope == -9);
    assert_int_equal(zeros, all.cols - 108);
    weights_destroy(weights);
}

static void uniform_fills_its_range(void **state) {
    (void)state;
    Weights *weights = weights_create(DTYPE_F64);
    weights_add(weights, "large", 200, 100);
    weights_add(weights, "other", 1, 1);
    weights_seal(weights);
    Rng rng = rng_stream(1, RNG_TEST, 0), same = rng;
    weights_uniform(weights, 0, 0.25, &rng);
    Matrix value = weights_value(weights, 0);
    double sum = 0, squares = 0, low = 1, high = -1;
    for (int i = 0; i < value.rows; i++) {
        for (int j = 0; j < value.cols; j++) {
            double x = matrix_get(value, i, j);
            assert_true(x == rng_between(&same, -0.25, 0.25));    // row by row
            sum += x, squares += x * x, low = fmin(low, x), high = fmax(high, x);
        }
    }
    double deviation = 0.25 / sqrt(3);
    assert_true(low >= -0.25 && low < -0.2499 && high < 0.25 && high > 0.2499);
    assert_true(fabs(sum / 20000) < 4.5 * deviation / sqrt(20000));
    assert_true(fabs(squares / 20000 - deviation * deviation) < 4.5 * 0.0625 * sqrt(4.0 / 45) / sqrt(20000));
    assert_true(matrix_get(weights_value(weights, 1), 0, 0) == 0);
    weights_destroy(weights);
}

static void randomise(Weights *weights, uint32_t index) {
    Rng rng = rng_stream(2, RNG_TEST, index);
    for (int i = 0; i < weights_count(weights); i++) weights_uniform(weights, i, 1, &rng);
}

static bool same_values(const Weights *a, const Weights *b) {
    Matrix x = weights_values(a), y = weights_values(b);
    return x.cols == y.cols && memcmp(x.data, y.data, (size_t)x.cols * dtype_size(x.type)) == 0;
}

static void copies_take_values_only(void **state) {
    (void)state;
    Weights *from = three_matrices(DTYPE_F32), *to = three_matrices(DTYPE_F32);
    randomise(from, 0);
    matrix_set(weights_gradient(from, 0), 0, 0, 5);
    matrix_set(weights_gradient(to, 0), 0, 0, 6);
    weights_copy(from, to);
    assert_true(same_values(from, to));
    assert_true(matrix_get(weights_gradient(to, 0), 0, 0) == 6);
    weights_destroy(from);
    weights_destroy(to);
}

static void an_archive_brings_them_back(void **state) {
    (void)state;
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        Weights *saved = three_matrices((DType)type), *loaded = three_matrices((DType)type);
        MemoryArchive *memory = memory_archive_create();
        Error error = {0};
        randomise(saved, 1);
        randomise(loaded, 2);
        Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
        weights_archive(saved, archive);
        assert_true(archive_destroy(archive, &error));
        assert_false(same_values(saved, loaded));
        archive = memory_archive_open(memory, ARCHIVE_LOAD);
        weights_archive(loaded, archive);
        assert_true(archive_destroy(archive, &error));
        assert_true(same_values(saved, loaded));

        // Another shape is refused, by name.
        Weights *other = weights_create((DType)type);
        weights_add(other, "a/matrix", 3, 8);
        weights_seal(other);
        archive = memory_archive_open(memory, ARCHIVE_LOAD);
        weights_archive(other, archive);
        assert_false(archive_destroy(archive, &error));
        assert_non_null(strstr(error.message, "weights/a/matrix"));
        weights_destroy(other);
        weights_destroy(saved);
        weights_destroy(loaded);
        memory_archive_destroy(memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_shapes_and_zeros),      cmocka_unit_test(the_flat_rows_cover_all),
        cmocka_unit_test(uniform_fills_its_range),     cmocka_unit_test(copies_take_values_only),
        cmocka_unit_test(an_archive_brings_them_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
