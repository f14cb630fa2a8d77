// Matrix views: where an element lies, and that what lies outside a view is left alone.
#include "core/matrix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void types(void **state) {
    (void)state;
    static const char *const names[] = {"f32", "f64", "i32", "i64", "u8"};
    static const size_t sizes[] = {4, 8, 4, 8, 1};
    for (int type = 0; type < DTYPE_COUNT; type++) {
        assert_string_equal(dtype_name((DType)type), names[type]);
        assert_int_equal(dtype_size((DType)type), sizes[type]);
    }
}

static void elements_lie_row_by_row(void **state) {
    (void)state;
    double numbers[12];
    float singles[12];
    Matrix m = matrix_view(DTYPE_F64, 3, 4, numbers), s = matrix_view(DTYPE_F32, 3, 4, singles);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) matrix_set(m, i, j, 10 * i + j), matrix_set(s, i, j, 0.1 * i + j);
    }
    for (int k = 0; k < 12; k++) {
        int i = k / 4, j = k % 4;
        assert_true(numbers[k] == 10 * i + j && matrix_get(m, i, j) == numbers[k]);
        assert_true(singles[k] == (float)(0.1 * i + j) && matrix_get(s, i, j) == (double)singles[k]);
    }
}

static void views_of_views(void **state) {
    (void)state;
    double numbers[30];
    for (int k = 0; k < 30; k++) numbers[k] = k;
    Matrix m = matrix_view(DTYPE_F64, 5, 6, numbers);
    Matrix part = matrix_cols(matrix_rows(m, 1, 3), 2, 3), inner = matrix_rows(matrix_cols(part, 1, 2), 2, 1);
    assert_int_equal(part.rows, 3);
    assert_int_equal(part.cols, 3);
    assert_int_equal(part.stride, 6);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) assert_true(matrix_get(part, i, j) == 6 * (i + 1) + 2 + j);
    }
    assert_true(matrix_get(inner, 0, 0) == 6 * 3 + 3 && matrix_get(inner, 0, 1) == 6 * 3 + 4);
    assert_ptr_equal(matrix_row(part, 2), numbers + 20);
    assert_int_equal(matrix_rows(m, 5, 0).rows, 0);    // an empty view at the end is one
}

static void zeroing_and_copying_stay_inside(void **state) {
    (void)state;
    for (int width = 3; width <= 6; width += 3) {    // with gaps between the rows, and without
        float to[24], from[12];
        for (int k = 0; k < 24; k++) to[k] = -1;
        for (int k = 0; k < 12; k++) from[k] = (float)k;
        Matrix whole = matrix_view(DTYPE_F32, 4, 6, to);
        Matrix part = matrix_rows(matrix_cols(whole, width == 3 ? 2 : 0, width), 1, 2);
        Matrix source = matrix_view(DTYPE_F32, 2, width, from);
        matrix_copy(source, part);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 6; j++) {
                int c = j - (width == 3 ? 2 : 0);
                bool inside = i >= 1 && i < 3 && c >= 0 && c < width;
                assert_true(matrix_get(whole, i, j) == (inside ? (double)from[(i - 1) * width + c] : -1));
            }
        }
        matrix_zero(part);
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 6; j++) {
                int c = j - (width == 3 ? 2 : 0);
                bool inside = i >= 1 && i < 3 && c >= 0 && c < width;
                assert_true(matrix_get(whole, i, j) == (inside ? 0 : -1));
            }
        }
    }
}

static void only_numbers_are_finite(void **state) {
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
        double memory[12] = {0};
        Matrix m = matrix_view((DType)type, 3, 4, memory);
        matrix_set(m, 1, 1, 1e38);
        assert_true(matrix_finite(m));
        for (int k = 0; k < 3; k++) {
            matrix_set(m, 2, 3, bad[k]);
            assert_false(matrix_finite(m));
            assert_true(matrix_finite(matrix_cols(m, 0, 3)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(elements_lie_row_by_row),
        cmocka_unit_test(views_of_views),
        cmocka_unit_test(zeroing_and_copying_stay_inside),
        cmocka_unit_test(only_numbers_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
