// Canonical correlations against golden values, closed forms, and data that lacks directions.
#include "analysis/information/gaussian.h"
#include "tests/analysis/information/pairs.h"

static const char *text(const CsvTable *table, size_t row, const char *column) {
    return csv_text(table, row, csv_column(table, column));
}

// One row of estimates.csv, if it is one of ours. `cca_exact` of the set with a constant column is undefined there and does not count.
static void expect_row(const CsvTable *table, size_t row, const PairsSample *sample, PairsDeviation *deviation) {
    const char *name = text(table, row, "estimator");
    int which = 0;
    bool correlation = sscanf(name, "canonical_correlation_%d", &which) == 1,
         corrected = strcmp(name, "gauss_bias_corrected") == 0;
    if (!correlation && !corrected && strncmp(name, "cca_exact", 9) != 0) return;
    if (strcmp(text(table, row, "estimate"), "nan") == 0) return;
    GaussianFit fit = gaussian_fit(sample_x(sample), sample_y(sample));
    double found = gaussian_information(&fit) - (corrected ? gaussian_bias(fit.pairs, fit.rank_x, fit.rank_y) : 0);
    char *what = memory_format("%s %s", text(table, row, "task"), name);
    pairs_expect(deviation, what, correlation ? fit.correlation[which - 1] : found, support_number(table, row, "estimate"),
                 1e-8);
    free(what);
    gaussian_free(&fit);
}

static void values_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_MI "estimates.csv");
    PairsDeviation deviation = {0};
    PairsSample sample = {.x = NULL};
    const char *task = "";
    for (size_t row = 0; row < csv_rows(table); row++) {
        const char *next = text(table, row, "task");
        if (strcmp(next, task) != 0) {
            pairs_sample_free(&sample);
            sample = pairs_golden(next, support_whole(table, row, "dim_x"));
        }
        task = next;
        expect_row(table, row, &sample, &deviation);
    }
    pairs_sample_free(&sample);
    csv_destroy(table);
    pairs_report(&deviation, 108);
}

static void bias_is_about_a_product(void **state) {
    (void)state;
    pairs_close(gaussian_bias(2000, 3, 4), 12 / (2 * 1999.0), 2e-5);
    pairs_close(gaussian_bias(630, 25, 25), 0.5, 0.04);
    // Draws of independent sides: a mean over 200 within four standard errors of 2 n I ~ chi-square(6).
    double sum = 0;
    for (int run = 0; run < 200; run++) {
        PairsSample sample = pairs_dense(60, 2, 3, 0, 10 + (uint64_t)run);
        GaussianFit fit = gaussian_fit(sample_x(&sample), sample_y(&sample));
        sum += gaussian_information(&fit);
        gaussian_free(&fit);
        pairs_sample_free(&sample);
    }
    pairs_close(sum / 200, gaussian_bias(60, 2, 3), 4 * sqrt(12.0) / (2 * 60) / sqrt(200));
}

// The share of intervals that hold the truth, of 200 data sets.
static void intervals_cover(void **state) {
    (void)state;
    const double truth = 0.29389333245105953;    // 2 x 2, every correlation 1/2
    int covered = 0;
    for (int run = 0; run < 200; run++) {
        PairsSample sample = pairs_dense(300, 2, 2, 0.5, 1000 + (uint64_t)run);
        InformationEstimate estimate = pairs_estimate(&estimator_gaussian, &sample.pairs, NULL, NULL);
        covered += estimate.low <= truth && truth <= estimate.high;
        assert_false(estimate.unreliable);
        pairs_sample_free(&sample);
    }
    print_message("%d of 200 intervals hold the truth\n", covered);
    assert_in_range(covered, 178, 199);    // 0.95 +- four standard errors, and not all
}

static void the_test_of_bartlett_rejects_what_depends(void **state) {
    (void)state;
    int rejected = 0;
    for (int run = 0; run < 100; run++) {
        PairsSample sample = pairs_dense(100, 2, 3, 0, 500 + (uint64_t)run);
        GaussianFit fit = gaussian_fit(sample_x(&sample), sample_y(&sample));
        rejected += gaussian_p(&fit) < 0.1;
        gaussian_free(&fit);
        pairs_sample_free(&sample);
    }
    assert_in_range(rejected, 1, 22);    // of 100 expected 10, sd 3
    PairsSample sample = pairs_dense(100, 2, 3, 0.5, 1);
    GaussianFit fit = gaussian_fit(sample_x(&sample), sample_y(&sample));
    assert_true(gaussian_p(&fit) < 1e-6);
    gaussian_free(&fit);
    pairs_sample_free(&sample);
}

// A belief that sums to one has a column too many: without it everything is the same.
static void dependent_columns_are_left_out(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(300, 2, 3, 0.5, 1);
    PairsSample fewer = pairs_sample(300, 2, 2);
    for (int row = 0; row < 300; row++) {
        double a = matrix_get(sample_y(&sample), row, 0), b = matrix_get(sample_y(&sample), row, 1);
        matrix_set(sample_y(&sample), row, 2, 1 - a - b);
        matrix_set(sample_y(&fewer), row, 0, a);
        matrix_set(sample_y(&fewer), row, 1, b);
    }
    matrix_copy(sample_x(&sample), sample_x(&fewer));
    GaussianFit fit = gaussian_fit(sample_x(&sample), sample_y(&sample)),
                expected = gaussian_fit(sample_x(&fewer), sample_y(&fewer));
    assert_int_equal(fit.rank_y, 2);
    pairs_close(gaussian_information(&fit), gaussian_information(&expected), 1e-12);
    pairs_close(fit.sd, expected.sd, 1e-12);
    gaussian_free(&fit);
    gaussian_free(&expected);
    pairs_sample_free(&sample);
    pairs_sample_free(&fewer);
}

static void exact_dependence_is_clipped(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(50, 1, 1, 0.5, 1);
    for (int row = 0; row < 50; row++) sample.y[row] = 2 - 3 * sample.x[row];
    GaussianFit fit = gaussian_fit(sample_x(&sample), sample_y(&sample));
    pairs_close(gaussian_information(&fit), -0.5 * log(2e-12), 1e-3);
    gaussian_free(&fit);
    pairs_sample_free(&sample);
}

static void pairs_are_prepared(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(300, 2, 3, 0.5, 1);
    pairs_check_preparation(&estimator_gaussian, &sample);
    pairs_check_invariance(&estimator_gaussian, &sample, true);
    InformationEstimate estimate = pairs_estimate(&estimator_gaussian, &sample.pairs, "bias_correction", "false");
    pairs_close(estimate.value - pairs_estimate(&estimator_gaussian, &sample.pairs, NULL, NULL).value, gaussian_bias(300, 2, 3),
                1e-12);
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 49;
    assert_true(pairs_estimate(&estimator_gaussian, &sample.pairs, NULL, NULL).unreliable);
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 7;
    assert_true(isfinite(pairs_estimate(&estimator_gaussian, &sample.pairs, NULL, NULL).value));
    sample.pairs.x.rows = sample.pairs.y[0].rows.rows = 6;
    pairs_refuse(&estimator_gaussian, &sample.pairs, NULL, NULL, "6 pairs are too few for 5 columns; accepted are at least 7");
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_match_golden),
        cmocka_unit_test(bias_is_about_a_product),
        cmocka_unit_test(intervals_cover),
        cmocka_unit_test(the_test_of_bartlett_rejects_what_depends),
        cmocka_unit_test(dependent_columns_are_left_out),
        cmocka_unit_test(exact_dependence_is_clipped),
        cmocka_unit_test(pairs_are_prepared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
