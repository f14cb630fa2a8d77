// What happens to pairs before anything is estimated.
#include "tests/analysis/information/pairs.h"

static PreparedPairs prepared(const InformationPairs *pairs, PairsScaling scaling) {
    PreparedPairs out;
    Error error = {0};
    if (!pairs_prepare(pairs, scaling, scaling, &out, &error)) fail_msg("%s", error.message);
    return out;
}

static void column_of(const PairsSample *sample, const double *value) {
    for (int row = 0; row < sample->pairs.x.rows; row++) matrix_set(sample_x(sample), row, 0, value[row]);
}

static void rows_and_columns_are_left_out_in_order(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(200, 3, 2, 0.5, 1);
    for (int row = 0; row < 200; row++) matrix_set(sample_x(&sample), row, 1, 0.25);
    matrix_set(sample_x(&sample), 7, 1, 9);    // the only other value is in a row that is rejected first
    matrix_set(sample_y(&sample), 7, 0, NAN);
    matrix_set(sample_x(&sample), 9, 2, -INFINITY);
    PreparedPairs pairs = prepared(&sample.pairs, SCALING_NONE);
    assert_int_equal(pairs.rows, 198);
    assert_int_equal(pairs.rejected, 2);
    assert_int_equal(pairs.constant_x, 1);
    assert_int_equal(pairs.constant_y, 0);
    assert_int_equal(pairs.x.cols, 2);
    assert_true(matrix_get(pairs.x, 7, 1) == matrix_get(sample_x(&sample), 8, 2));
    assert_true(matrix_get(pairs.y, 197, 1) == matrix_get(sample_y(&sample), 199, 1));
    pairs_free(&pairs);
    matrix_set(sample_y(&sample), 11, 0, NAN);
    Error error = {0};
    assert_false(pairs_prepare(&sample.pairs, SCALING_NONE, SCALING_NONE, &pairs, &error));
    support_assert_has(error.message, "3 of 200 pairs hold numbers that are not finite; at most 1 %");
    pairs_sample_free(&sample);
}

static void one_row_is_too_few(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(1, 1, 1, 0.5, 1);
    PreparedPairs pairs;
    Error error = {0};
    assert_false(pairs_prepare(&sample.pairs, SCALING_NONE, SCALING_NONE, &pairs, &error));
    support_assert_has(error.message, "1 pairs are too few");
    pairs_sample_free(&sample);
}

static void scalings_do_what_they_are_called(void **state) {
    (void)state;
    PairsSample sample = pairs_sample(4, 1, 1);
    column_of(&sample, (double[]){1, 5, 1, 9});
    const double sd = sqrt(11), a[] = {asinh(1), asinh(5), asinh(9)}, mean = (2 * a[0] + a[1] + a[2]) / 4;
    const double spread = sqrt((2 * pow(a[0] - mean, 2) + pow(a[1] - mean, 2) + pow(a[2] - mean, 2)) / 4);
    const double expected[][4] = {
        {1, 5, 1, 9},
        {-3 / sd, 1 / sd, -3 / sd, 5 / sd},
        {0.25, 0.625, 0.25, 0.875},
        {-0.6744897501960817, 0.3186393639643752, -0.6744897501960817, 1.1503493803760079},
        {(a[0] - mean) / spread, (a[1] - mean) / spread, (a[0] - mean) / spread, (a[2] - mean) / spread},
    };
    for (int scaling = SCALING_NONE; scaling <= SCALING_ASINH; scaling++) {
        PreparedPairs pairs = prepared(&sample.pairs, (PairsScaling)scaling);
        for (int row = 0; row < 4; row++) pairs_close(matrix_get(pairs.x, row, 0), expected[scaling][row], 1e-14);
        assert_int_equal(pairs.y.cols, 0);
        assert_int_equal(pairs.constant_y, 1);
        pairs_free(&pairs);
    }
    assert_null(pairs_scalings[SCALING_ASINH + 1]);
    pairs_sample_free(&sample);
}

static void signs_of_trouble_are_seen(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(400, 2, 1, 0.5, 1);
    PreparedPairs pairs = prepared(&sample.pairs, SCALING_STANDARD);
    assert_true(pairs.distinct_x == 1 && pairs.distinct_y == 1 && !pairs_tied(&pairs) && !pairs_heavy(&pairs));
    pairs_free(&pairs);
    for (int row = 0; row < 50; row++)
        matrix_copy(matrix_rows(sample_x(&sample), 0, 1), matrix_rows(sample_x(&sample), row, 1));
    matrix_set(sample_x(&sample), 3, 1, -0.0);
    matrix_set(sample_x(&sample), 4, 1, 0.0);    // the same number
    matrix_set(sample_y(&sample), 5, 0, 1000);
    pairs = prepared(&sample.pairs, SCALING_STANDARD);
    pairs_close(pairs.distinct_x, 352 / 400.0, 1e-15);
    assert_true(pairs_tied(&pairs) && pairs_heavy(&pairs));
    pairs_free(&pairs);
    pairs = prepared(&sample.pairs, SCALING_RANK_NORMAL);
    assert_false(pairs_heavy(&pairs));
    pairs_free(&pairs);
    pairs_sample_free(&sample);
}

static void a_side_without_spread_is_trivial(void **state) {
    (void)state;
    PairsSample sample = pairs_sample(10, 1, 1);
    PreparedPairs pairs = prepared(&sample.pairs, SCALING_STANDARD);
    InformationEstimate estimate;
    assert_true(pairs_trivial(&pairs, &estimate));
    assert_true(estimate.value == 0 && estimate.low == 0 && estimate.high == 0 && estimate.pairs == 10 &&
                isnan(estimate.train));
    int labels[10], classes;
    assert_true(pairs_classes(pairs.y, labels, &classes, NULL));
    assert_true(classes == 1 && labels[9] == 0);
    pairs_free(&pairs);
    column_of(&sample, (double[]){1e15, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    Error error = {0};
    assert_false(pairs_classes(sample_x(&sample), labels, &classes, &error));
    support_assert_has(error.message, "1e+15 is too large for a discrete value");
    pairs_sample_free(&sample);
}

static void suggestions_follow_the_shares_of_different_rows(void **state) {
    (void)state;
    const struct {
        double x, y;
        int rows;
        const char *name;
    } cases[] = {
        {1, 1, 1000, "ksg1"},        {0.91, 0.91, 1000, "ksg1"}, {0.9, 1, 1000, "mixed"},    {1, 0.05, 1000, "ross"},
        {1, 0.051, 1000, "mixed"},   {0.05, 1, 1000, "mixed"},   {0.5, 0.01, 1000, "mixed"}, {0.01, 0.02, 1000, "plug-in"},
        {0.09, 0.09, 1000, "mixed"}, {0.1, 0.1, 100, "mixed"},   {1, 0.004, 10000, "ross"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        PreparedPairs pairs = {.rows = cases[c].rows, .distinct_x = cases[c].x, .distinct_y = cases[c].y};
        assert_string_equal(pairs_suggest(&pairs), cases[c].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_columns_are_left_out_in_order),
        cmocka_unit_test(one_row_is_too_few),
        cmocka_unit_test(scalings_do_what_they_are_called),
        cmocka_unit_test(signs_of_trouble_are_seen),
        cmocka_unit_test(a_side_without_spread_is_trivial),
        cmocka_unit_test(suggestions_follow_the_shares_of_different_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
