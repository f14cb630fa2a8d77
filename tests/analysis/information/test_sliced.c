// Slices against golden directions, and the directions of our own.
#include "analysis/information/sliced.h"
#include "tests/analysis/information/pairs.h"

static void directions(const CsvTable *table, size_t row, const char *name, double out[5]) {
    for (int c = 0; c < 5; c++) {
        char column[16];
        snprintf(column, sizeof column, "%s%d", name, c);
        out[c] = support_number(table, row, column);
    }
}

static void slices_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_MI "sliced.csv");
    PairsSample sample = pairs_golden("sliced-5-5", 5);
    PairsDeviation deviation = {0};
    double sum = 0, theta[5], phi[5];
    size_t slices = csv_rows(table) - 1;
    for (size_t row = 0; row < slices; row++) {
        directions(table, row, "theta", theta);
        directions(table, row, "phi", phi);
        double found = sliced_slice(sample_x(&sample), sample_y(&sample), theta, phi, 5);
        pairs_expect(&deviation, "slice", found, support_number(table, row, "ksg1_chebyshev_k5_standardized"), 1e-8);
        sum += found;
    }
    pairs_expect(&deviation, "mean", sum / (double)slices, support_number(table, slices, "ksg1_chebyshev_k5_standardized"),
                 1e-8);
    csv_destroy(table);
    pairs_sample_free(&sample);
    pairs_report(&deviation, 9);
}

static void directions_are_unit_vectors_from_the_seed(void **state) {
    (void)state;
    double theta[3], phi[2], again[5], mean[3] = {0};
    for (int slice = 0; slice < 1000; slice++) {
        sliced_directions(7, slice, 3, 2, theta, phi);
        pairs_close(theta[0] * theta[0] + theta[1] * theta[1] + theta[2] * theta[2], 1, 1e-15);
        pairs_close(phi[0] * phi[0] + phi[1] * phi[1], 1, 1e-15);
        for (int c = 0; c < 3; c++) mean[c] += theta[c] / 1000;
    }
    for (int c = 0; c < 3; c++) pairs_close(mean[c], 0, 4 / sqrt(3 * 1000));
    sliced_directions(7, 999, 3, 2, again, again + 3);
    assert_memory_equal(again, theta, sizeof theta);
    assert_memory_equal(again + 3, phi, sizeof phi);
    sliced_directions(8, 999, 3, 2, again, again + 3);
    assert_memory_not_equal(again, theta, sizeof theta);
}

// With one column each every slice is the same, and the information itself.
static void one_column_has_one_slice(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(400, 1, 1, 0.75, 1);
    InformationEstimate estimate = pairs_estimate(&estimator_sliced, &sample.pairs, "directions", "1");
    assert_true(isnan(estimate.sd) && isfinite(estimate.low));
    pairs_close(estimate.value, 0.4133, 0.12);
    pairs_sample_free(&sample);
}

static void it_is_an_index_with_an_error(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(500, 5, 5, 0.5, 1), none = pairs_dense(500, 5, 5, 0, 1);
    InformationEstimate estimate = pairs_estimate(&estimator_sliced, &sample.pairs, "directions", "50");
    assert_true(estimate.low > 0 && estimate.low < estimate.value && estimate.high < 0.592812 && estimate.sd > 0);
    pairs_close(estimate.ceiling, log(500), 1e-15);
    InformationEstimate fewer = pairs_estimate(&estimator_sliced, &sample.pairs, "directions", "5");
    assert_true(fewer.high - fewer.low > estimate.high - estimate.low);
    estimate = pairs_estimate(&estimator_sliced, &none.pairs, "directions", "50");
    assert_true(estimate.low < 0 && estimate.high > 0 && estimate.high < 0.05);
    assert_true(isnan(pairs_estimate(&estimator_sliced, &none.pairs, "directions", "1").low));
    pairs_sample_free(&sample);
    pairs_sample_free(&none);
}

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(250, 2, 3, 0.5, 1);
    pairs_check_preparation(&estimator_sliced, &sample);
    double value = pairs_estimate(&estimator_sliced, &sample.pairs, NULL, NULL).value;
    PairsSample shuffled = pairs_shuffled(&sample);
    pairs_close(pairs_estimate(&estimator_sliced, &shuffled.pairs, NULL, NULL).value, value, 1e-9);
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 5;
    pairs_refuse(&estimator_sliced, &sample.pairs, NULL, NULL, "5 pairs are too few for 5 neighbours");
    pairs_sample_free(&sample);
    pairs_sample_free(&shuffled);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_match_golden),      cmocka_unit_test(directions_are_unit_vectors_from_the_seed),
        cmocka_unit_test(one_column_has_one_slice), cmocka_unit_test(it_is_an_index_with_an_error),
        cmocka_unit_test(pairs_are_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
