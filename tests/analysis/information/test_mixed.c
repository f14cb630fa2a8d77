// The estimator for mixtures against golden values, and what atoms and ties do to it.
#include "analysis/information/ksg.h"
#include "analysis/information/mixed.h"
#include "tests/analysis/information/discrete_golden.h"

static double value(const PairsSample *data, int k, bool standardised) {
    assert_false(standardised);
    return mixed_value(sample_x(data), sample_y(data), k);
}

static void values_match_golden(void **state) {
    (void)state;
    discrete_check("gao_mixed", value, 12);
}

// Two equal fair coins: every pair at the radius 0, and one bit.
static void a_coin_told_twice_is_a_bit(void **state) {
    (void)state;
    PairsSample sample = pairs_sample(1000, 2, 1);
    for (int row = 0; row < 1000; row++) {
        matrix_set(sample_x(&sample), row, 0, row % 2);
        matrix_set(sample_y(&sample), row, 0, row % 2);
    }
    // psi(500) + log 1000 - 2 psi(500), with psi(z) = log z - 1/(2 z) + O(z^-2)
    pairs_close(mixed_value(sample_x(&sample), sample_y(&sample), 5), log(2) + 0.5 / 500, 1e-6);
    InformationEstimate estimate = pairs_estimate(&estimator_mixed, &sample.pairs, NULL, NULL);
    pairs_close(estimate.value, log(2) + 0.5 / 500,
                1e-6);    // the column without spread is left out: the same by sorted values
    pairs_sample_free(&sample);
}

// Half of each side at 0, as of a rectified unit: less than the 0.413 of the unclipped normals, where KSG 1 counts nobody within radius 0.
static void saturated_columns_are_no_trouble(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(1000, 1, 1, 0.75, 1);
    for (int row = 0; row < 1000; row++) {
        sample.x[row] = fmax(sample.x[row], 0);
        sample.y[row] = fmax(sample.y[row], 0);
    }
    InformationEstimate estimate = pairs_estimate(&estimator_mixed, &sample.pairs, NULL, NULL);
    assert_true(estimate.value > 0.25 && estimate.value < 0.4133 && !estimate.unreliable);
    assert_true(estimate.low < estimate.value && estimate.value < estimate.high);
    assert_true(ksg1_value(sample_x(&sample), sample_y(&sample), NEIGHBOUR_MAX, 5) > 1);
    pairs_sample_free(&sample);
}

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(300, 2, 3, 0.5, 1);
    pairs_check_preparation(&estimator_mixed, &sample);
    pairs_check_invariance(&estimator_mixed, &sample, true);
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 5;
    pairs_refuse(&estimator_mixed, &sample.pairs, NULL, NULL, "5 pairs are too few for 5 neighbours");
    assert_true(isnan(mixed_value(sample_x(&sample), sample_y(&sample), 5)));
    pairs_sample_free(&sample);
}

static void independent_sides_have_none(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(1000, 1, 2, 0, 3);
    InformationEstimate estimate = pairs_estimate(&estimator_mixed, &sample.pairs, NULL, NULL);
    assert_true(estimate.low < 0 && estimate.high > 0 && estimate.high < 0.15 && !estimate.unreliable);
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_golden),
        cmocka_unit_test(a_coin_told_twice_is_a_bit),
        cmocka_unit_test(saturated_columns_are_no_trouble),
        cmocka_unit_test(pairs_are_prepared),
        cmocka_unit_test(independent_sides_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
