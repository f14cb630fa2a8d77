// The error by subsampling of estimates whose error is known.
#include "analysis/information/ksg.h"
#include "analysis/information/subsample.h"
#include "tests/analysis/information/pairs.h"

static double mean_of_x(const void *context, Matrix x, Matrix y) {
    (void)context, (void)y;
    double sum = 0;
    for (int row = 0; row < x.rows; row++) sum += matrix_get(x, row, 0);
    return sum / x.rows;
}

// The mean with a bias of 3 / n, and nothing below `*context` rows.
static double biased(const void *context, Matrix x, Matrix y) {
    return x.rows < *(const int *)context ? NAN : mean_of_x(NULL, x, y) + 3.0 / x.rows;
}

// The sd of a mean of n unit normals is 1 / sqrt(n): pooled over many data sets the estimate of its square is that.
static void the_error_of_a_mean(void **state) {
    (void)state;
    double variance = 0;
    for (int run = 0; run < 100; run++) {
        PairsSample sample = pairs_dense(2520, 1, 1, 0, 50 + (uint64_t)run);
        const SubsamplePlan plan = {mean_of_x, NULL, 10, 0, 1};
        double value = mean_of_x(NULL, sample_x(&sample), sample_y(&sample));
        Subsample error = subsample_error(&plan, sample_x(&sample), sample_y(&sample), value);
        assert_true(error.parts == 10 && error.df == 45);
        assert_true(fabs(error.trend) < 1e-12);    // parts of the same size have the mean of all
        variance += error.sd * error.sd / 100;
        pairs_sample_free(&sample);
    }
    pairs_close(variance * 2520, 1, 0.1);
}

static void a_bias_shows_as_a_trend(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(240, 1, 1, 0, 1);
    int least = 0;
    double value = biased(&least, sample_x(&sample), sample_y(&sample));
    SubsamplePlan plan = {biased, &least, 6, 0, 1};
    Subsample error = subsample_error(&plan, sample_x(&sample), sample_y(&sample), value);
    pairs_close(error.trend, 3.0 / 240, 1e-12);
    least = 60;    // parts of 48 and 40 give nothing
    error = subsample_error(&plan, sample_x(&sample), sample_y(&sample), value);
    assert_int_equal(error.parts, 4);
    least = 121;
    error = subsample_error(&plan, sample_x(&sample), sample_y(&sample), value);
    assert_true(error.parts == 0 && isnan(error.sd) && isnan(error.trend));
    least = 0;
    plan.least = 80;
    error = subsample_error(&plan, sample_x(&sample), sample_y(&sample), value);
    assert_true(error.parts == 3 && error.df == 3);
    pairs_sample_free(&sample);
}

static void intervals_are_told_and_left_unknown(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(240, 1, 1, 0, 1);
    InformationEstimate estimate = information_unknown();
    int least = 0;
    SubsamplePlan plan = {biased, &least, 1, 0, 1};
    estimate.value = 0.25;
    subsample_interval(&plan, sample_x(&sample), sample_y(&sample), 0, &estimate);
    assert_true(isnan(estimate.low) && isnan(estimate.high) && !estimate.unreliable);
    plan.parts = 6;
    subsample_interval(&plan, sample_x(&sample), sample_y(&sample), 0, &estimate);
    pairs_close(estimate.low + estimate.high, 0.5, 1e-12);
    double narrow = estimate.high - estimate.low;
    subsample_interval(&plan, sample_x(&sample), sample_y(&sample), 0.1, &estimate);
    pairs_close(estimate.high - estimate.low, hypot(narrow, 2 * 2.1314495455597742 * 0.1), 1e-12);
    for (int row = 0; row < 240; row++) sample.x[row] = 0;    // nothing but the bias
    subsample_interval(&plan, sample_x(&sample), sample_y(&sample), 0, &estimate);
    assert_true(estimate.unreliable);
    pairs_sample_free(&sample);
}

// The share of intervals of KSG 1 that hold the information of a bivariate normal.
static void intervals_of_neighbours_cover(void **state) {
    (void)state;
    const double truth = 0.41333928659223396;
    int covered = 0;
    for (int run = 0; run < 100; run++) {
        PairsSample sample = pairs_dense(400, 1, 1, 0.75, 300 + (uint64_t)run);
        InformationEstimate estimate = pairs_estimate(&estimator_ksg1, &sample.pairs, NULL, NULL);
        covered += estimate.low <= truth && truth <= estimate.high;
        pairs_sample_free(&sample);
    }
    print_message("%d of 100 intervals hold the truth\n", covered);
    assert_in_range(covered, 87, 100);
}

static void parts_come_from_the_seed(void **state) {
    (void)state;
    PairsSample sample = pairs_dense(100, 1, 1, 0, 1);
    Matrix x = sample_x(&sample), y = sample_y(&sample);
    SubsamplePlan plan = {mean_of_x, NULL, 4, 0, 1};
    double first = subsample_error(&plan, x, y, 0).sd;
    assert_true(subsample_error(&plan, x, y, 0).sd == first);
    plan.seed = 2;
    assert_true(subsample_error(&plan, x, y, 0).sd != first);
    plan.parts = 1000;    // a pair each has no trend but a variance
    assert_int_equal(subsample_error(&plan, x, y, 0).parts, 100);
    pairs_sample_free(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_of_a_mean),
        cmocka_unit_test(a_bias_shows_as_a_trend),
        cmocka_unit_test(intervals_are_told_and_left_unknown),
        cmocka_unit_test(intervals_of_neighbours_cover),
        cmocka_unit_test(parts_come_from_the_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
