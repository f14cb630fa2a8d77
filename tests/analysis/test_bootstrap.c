// Bootstrap intervals against distributions that are small enough to enumerate, where none is defined, and their repeatability.
#include "analysis/bootstrap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "core/rng.h"
#include "tests/analysis/scores_golden.h"

enum { MANY = 20000 };

// ---- distributions that can be enumerated --------------------------------------------------------------------------------------

static Bootstrap with(BootstrapMethod method, int replicates, double level) {
    Bootstrap options = bootstrap_default;
    options.method = method, options.replicates = replicates, options.level = level;
    return options;
}

static void assert_ends(Interval interval, double low, double high) {
    if (!(interval.low == low && interval.high == high)) {
        fail_msg("found %.17g .. %.17g, expected %.17g .. %.17g", interval.low, interval.high, low, high);
    }
}

static void assert_undefined(Interval interval) {
    assert_true(isnan(interval.low) && isnan(interval.high));
}

// Two tasks with runs 0, 1 and 1, 0: the mean is k / 4 with k binomial(4, 1/2), cumulated 1/16, 5/16, 11/16, 15/16. Were rows kept
// together it would be 1/2 always.
static void tasks_are_drawn_independently(void **state) {
    (void)state;
    const int runs[] = {2, 2};
    const double value[] = {0, 1, 1, 0};
    Scores x = {2, runs, value};
    Bootstrap options = with(BOOTSTRAP_PERCENTILE, MANY, 0.9);    // quantiles 0.05 and 0.95
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0, 1);
    options.level = 0.8;    // 0.1 and 0.9
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0.25, 0.75);
    options.level = 0.3;    // 0.35 and 0.65
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0.5, 0.5);
}

// Ragged, one run in each task: only the tasks can vary. Two of them: the mean is 0, 1/2, 1 with 1/4, 1/2, 1/4.
static void tasks_may_be_drawn_as_well(void **state) {
    (void)state;
    const int runs[] = {1, 3}, one[] = {1, 1};
    const double value[] = {0, 1, 1, 1}, other[] = {5, 7};
    Scores x = {2, runs, value}, y = {2, one, other};
    Bootstrap options = with(BOOTSTRAP_PERCENTILE, MANY, 0.6);
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0.5, 0.5);
    options.tasks = true;
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0, 1);
    options.level = 0.4;
    assert_ends(bootstrap_interval(&x, scores_mean, &options), 0.5, 0.5);
    options.level = 0.999;    // tasks 5 - 0 and 7 - 1: were they drawn for each set by itself, 7 - 0 and 5 - 1 would come
    assert_ends(bootstrap_pair_interval(&y, &x, scores_mean_difference, &options), 5, 6);
}

// Both sets are drawn: x is 0 or 1 (1/4, 1/2, 1/4 for 0, 1/2, 1), y likewise.
static void sets_are_drawn_independently(void **state) {
    (void)state;
    const int runs = 2;
    const double value[] = {0, 1};
    Scores x = {1, &runs, value};
    Bootstrap options = with(BOOTSTRAP_PERCENTILE, MANY, 0.9);    // 0.05 is below 1/16, the share of -1
    assert_ends(bootstrap_pair_interval(&x, &x, scores_mean_difference, &options), -1, 1);
    options.level = 0.8;
    assert_ends(bootstrap_pair_interval(&x, &x, scores_mean_difference, &options), -0.5, 0.5);
}

// One task: the draws are those of bootstrap_mean.
static void one_task_is_bootstrap_mean(void **state) {
    (void)state;
    enum { N = 7, STEPS = 3, MOST = 3000 };
    double runs[N * STEPS], first[N], low[STEPS], high[STEPS];
    Rng rng = rng_stream(8, RNG_TEST, 0);
    for (int i = 0; i < N * STEPS; i++) runs[i] = rng_uniform(&rng);
    for (int i = 0; i < N; i++) first[i] = runs[i * STEPS];
    bootstrap_mean(runs, N, STEPS, MOST, 0.5, 4, low, high);
    const int n = N;
    Bootstrap options = with(BOOTSTRAP_PERCENTILE, MOST, 0.5);
    options.seed = 4;
    assert_ends(bootstrap_interval(&(Scores){1, &n, first}, scores_mean, &options), low[0], high[0]);
    CurvePoint curve[STEPS];
    bootstrap_curve(&(Scores){1, &n, runs}, STEPS, scores_mean, &options, curve);
    for (int t = 0; t < STEPS; t++) assert_ends(curve[t].pointwise, low[t], high[t]);
}

static double exponential(Rng *rng) {
    return -log(1 - rng_uniform(rng));
}

static void methods_are_related(void **state) {
    (void)state;
    const int runs[] = {5, 5};
    const double symmetric[] = {-2, -1, 0, 1, 2, 3, 4, 5, 6, 7};
    double skewed[10];
    Rng rng = rng_stream(9, RNG_TEST, 0);
    for (int i = 0; i < 10; i++) skewed[i] = exponential(&rng);
    Scores x = {2, runs, symmetric}, y = {2, runs, skewed};
    Interval found[BOOTSTRAP_METHOD_COUNT];
    for (BootstrapMethod method = 0; method < BOOTSTRAP_METHOD_COUNT; method++) {
        Bootstrap options = with(method, 2000, 0.9);
        found[method] = bootstrap_interval(&y, scores_mean, &options);
    }
    Interval percentile = found[BOOTSTRAP_PERCENTILE], basic = found[BOOTSTRAP_BASIC];
    double mean = scores_mean(&y);
    assert_ends(basic, 2 * mean - percentile.high, 2 * mean - percentile.low);
    // Skewed to the right, both ends move to the right.
    assert_true(found[BOOTSTRAP_BCA].low > found[BOOTSTRAP_BC].low && found[BOOTSTRAP_BCA].high > found[BOOTSTRAP_BC].high);
    // Symmetric: no acceleration.
    Bootstrap bc = with(BOOTSTRAP_BC, 2000, 0.9), bca = with(BOOTSTRAP_BCA, 2000, 0.9);
    Interval plain = bootstrap_interval(&x, scores_mean, &bc);
    assert_ends(bootstrap_interval(&x, scores_mean, &bca), plain.low, plain.high);
}

// Of one task and the mean c = sum (x_i - mean)^3 / (6 (sum (x_i - mean)^2)^1.5), and near-normal replicates have known quantiles.
static void acceleration_has_its_closed_form(void **state) {
    (void)state;
    enum { N = 200 };
    const int n = N;
    double x[N], squares = 0, cubes = 0;
    Rng rng = rng_stream(10, RNG_TEST, 0);
    for (int i = 0; i < N; i++) x[i] = exponential(&rng);
    double mean = gsl_stats_mean(x, 1, N);
    for (int i = 0; i < N; i++) squares += pow(x[i] - mean, 2), cubes += pow(x[i] - mean, 3);
    double c = cubes / (6 * pow(squares, 1.5)), z = gsl_cdf_ugaussian_Pinv(0.975);
    Scores scores = {1, &n, x};
    Bootstrap options = with(BOOTSTRAP_BCA, MANY, 0.95), shifted = with(BOOTSTRAP_BC, MANY, 0.95);
    Interval found = bootstrap_interval(&scores, scores_mean, &options);
    // A bc interval whose upper end lies at the level of the bca interval's, up to the second order in z0 (0.05).
    shifted.level = 2 * gsl_cdf_ugaussian_P(z / (1 - c * z)) - 1;
    Interval expected = bootstrap_interval(&scores, scores_mean, &shifted);
    double sd = sqrt(squares) / N;
    assert_true(c > 0.01 && found.high > bootstrap_interval(&scores, scores_mean, &bootstrap_default).high);
    if (!(fabs(found.high - expected.high) < 0.05 * sd)) fail_msg("%.6g, %.6g", found.high, expected.high);
}

// ---- what is not defined ---------------------------------------------------------------------------------------------------------

static void undefined_scores_have_no_interval(void **state) {
    (void)state;
    const int runs[] = {2, 2}, empty[] = {4, 0}, one[] = {4};
    double value[] = {0, 1, NAN, 3}, out[] = {0.5};
    const double fine[] = {0, 1, 2, 3};
    Scores x = {2, runs, value}, y = {2, runs, fine}, z = {1, one, fine};
    Interval band[1];
    for (BootstrapMethod method = 0; method < BOOTSTRAP_METHOD_COUNT; method++) {
        Bootstrap options = with(method, 50, 0.9);
        assert_undefined(bootstrap_interval(&x, scores_iqm, &options));
        assert_undefined(bootstrap_interval(&(Scores){2, empty, fine}, scores_iqm, &options));
        assert_undefined(bootstrap_interval(&(Scores){0, runs, fine}, scores_iqm, &options));
        assert_undefined(bootstrap_pair_interval(&x, &y, scores_improvement, &options));
        assert_undefined(bootstrap_pair_interval(&y, &x, scores_improvement, &options));
        assert_undefined(bootstrap_pair_interval(&y, &z, scores_improvement, &options));
        bootstrap_function(&x, scores_profile, out, 1, &options, band);
        assert_undefined(band[0]);
    }
}

static void the_jackknife_wants_whole_rows(void **state) {
    (void)state;
    const int ragged[] = {2, 3}, even[] = {3, 3}, fewer[] = {2, 2}, single[] = {1, 1};
    const double value[] = {0, 1, 5, 3, 2, 7}, other[] = {1, 3, 2, 5, 2, 4};
    Bootstrap options = with(BOOTSTRAP_BCA, 200, 0.9);
    Scores x = {2, even, value}, y = {2, fewer, value};
    assert_undefined(bootstrap_interval(&(Scores){2, ragged, value}, scores_mean, &options));
    assert_undefined(bootstrap_interval(&(Scores){2, single, value}, scores_mean, &options));
    assert_undefined(bootstrap_pair_interval(&x, &y, scores_mean_difference, &options));
    Interval interval = bootstrap_pair_interval(&x, &(Scores){2, even, other}, scores_mean_difference, &options);
    assert_true(interval.low < 1 / 6.0 && interval.high > 1 / 6.0);
    assert_undefined(bootstrap_pair_interval(&x, &x, scores_mean_difference, &options));    // 0 whichever run is left out
    options.method = BOOTSTRAP_BC;
    interval = bootstrap_pair_interval(&x, &y, scores_mean_difference, &options);
    assert_true(interval.low < interval.high);
}

static void constants_have_no_bias_correction(void **state) {
    (void)state;
    const int runs[] = {3, 3};
    const double constant[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    Scores x = {2, runs, constant};
    double value = scores_iqm(&x);
    for (BootstrapMethod method = 0; method < BOOTSTRAP_METHOD_COUNT; method++) {
        Bootstrap options = with(method, 50, 0.9);
        Interval interval = bootstrap_interval(&x, scores_iqm, &options);
        if (method == BOOTSTRAP_PERCENTILE || method == BOOTSTRAP_BASIC) assert_ends(interval, value, value);
        else assert_undefined(interval);
    }
}

// One of two runs failed, in each of two tasks: the IQM of four scores averages the middle two.
static void failed_runs_leave_the_percentile_method(void **state) {
    (void)state;
    const int runs[] = {2, 2};
    const double value[] = {1, -INFINITY, 1, 1};
    Scores x = {2, runs, value};
    for (BootstrapMethod method = 0; method < BOOTSTRAP_METHOD_COUNT; method++) {
        Bootstrap options = with(method, MANY, 0.6);    // two failed with 1/4: then one of them is in the middle
        Interval interval = bootstrap_interval(&x, scores_iqm, &options);
        if (method == BOOTSTRAP_PERCENTILE) assert_ends(interval, -INFINITY, 1);
        else assert_undefined(interval);
        assert_undefined(bootstrap_interval(&x, scores_mean, &options));
    }
}

static void streams_repeat(void **state) {
    (void)state;
    GoldenScores x;
    golden_scores("main", "gru", &x);
    Bootstrap options = with(BOOTSTRAP_BCA, 500, 0.95);
    Interval found = bootstrap_interval(&x.scores, scores_iqm, &options);
    assert_ends(bootstrap_interval(&x.scores, scores_iqm, &options), found.low, found.high);
    options.index = 1;
    Interval other = bootstrap_interval(&x.scores, scores_iqm, &options);
    assert_true(other.low != found.low && other.high != found.high);
    options.index = 0, options.seed = 1;
    other = bootstrap_interval(&x.scores, scores_iqm, &options);
    assert_true(other.low != found.low && other.high != found.high);
}

// ---- curves ----------------------------------------------------------------------------------------------------------------------

// Steps: a curve, its copy moved and stretched, a constant, one with a run that is missing, one with a run that failed.
static void curves_keep_runs_whole(void **state) {
    (void)state;
    enum { N = 4, STEPS = 5 };
    const int runs[] = {2, 2};
    const double value[N * STEPS] = {0,   0,  7, 1,   0,            //
                                     1,   2,  7, NAN, 1,            //
                                     3,   6,  7, 1,   -INFINITY,    //
                                     7.5, 15, 7, 2,   3};
    CurvePoint curve[STEPS], first;
    Bootstrap options = with(BOOTSTRAP_PERCENTILE, 400, 0.9);
    bootstrap_curve(&(Scores){2, runs, value}, STEPS, scores_iqm, &options, curve);
    assert_true(curve[0].value == 2 && curve[1].value == 4 && curve[2].value == 7);
    assert_ends(curve[1].pointwise, 2 * curve[0].pointwise.low, 2 * curve[0].pointwise.high);
    assert_true(fabs(curve[1].simultaneous.low - 2 * curve[0].simultaneous.low) < 1e-12);
    assert_true(curve[0].simultaneous.low < 2 && curve[0].simultaneous.high > 2);
    assert_ends(curve[2].pointwise, 7, 7);
    assert_ends(curve[2].simultaneous, 7, 7);
    assert_true(isnan(curve[3].value));
    assert_undefined(curve[3].pointwise);
    assert_undefined(curve[3].simultaneous);
    assert_true(curve[4].value == 0.5 && curve[4].pointwise.low == -INFINITY);
    assert_undefined(curve[4].simultaneous);
    // A multiple of the same curve adds nothing to the supremum, nor do steps that are left out.
    const double alone[N] = {0, 1, 3, 7.5};
    bootstrap_curve(&(Scores){2, runs, alone}, 1, scores_iqm, &options, &first);
    assert_true(fabs(first.simultaneous.low - curve[0].simultaneous.low) < 1e-12);
    const int none[] = {4, 0};
    bootstrap_curve(&(Scores){2, none, alone}, 1, scores_iqm, &options, &first);
    assert_true(isnan(first.value));
    assert_undefined(first.pointwise);
}

// Ten independent steps: the simultaneous band covers all of them about as often as it says, the pointwise one does not.
static void simultaneous_bands_cover_the_whole_curve(void **state) {
    (void)state;
    enum { N = 30, STEPS = 10, SETS = 200 };
    const int n = N;
    int simultaneous = 0, pointwise = 0;
    Rng rng = rng_stream(12, RNG_TEST, 0);
    for (int s = 0; s < SETS; s++) {
        double runs[N * STEPS];
        for (int i = 0; i < N * STEPS; i++) runs[i] = rng_uniform(&rng);
        CurvePoint curve[STEPS];
        Bootstrap options = with(BOOTSTRAP_PERCENTILE, 200, 0.95);
        options.index = (uint64_t)s;
        bootstrap_curve(&(Scores){1, &n, runs}, STEPS, scores_mean, &options, curve);
        bool in_band = true, in_points = true;
        for (int t = 0; t < STEPS; t++) {
            in_band = in_band && curve[t].simultaneous.low <= 0.5 && curve[t].simultaneous.high >= 0.5;
            in_points = in_points && curve[t].pointwise.low <= 0.5 && curve[t].pointwise.high >= 0.5;
        }
        simultaneous += in_band;
        pointwise += in_points;
    }
    print_message("of %d curves the simultaneous band covers %d, the pointwise one %d\n", SETS, simultaneous, pointwise);
    assert_in_range(simultaneous, 170, 198);    // near 0.95, and a little short at 30 runs
    assert_in_range(pointwise, 80, 140);        // near 0.95^10 = 0.6
}

// ---- the mean along a curve of one task ---------------------------------------------------------------------------------------

// Two runs 0 and 1: the bootstrap mean is 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4.
static void bootstrap_has_its_exact_quantiles(void **state) {
    (void)state;
    const double runs[] = {0, 10, NAN, 1, 10, 1};    // [2][3]
    double low[3], high[3];
    bootstrap_mean(runs, 2, 3, MANY, 0.4, 7, low, high);    // quantiles 0.3 and 0.7
    assert_true(low[0] == 0.5 && high[0] == 0.5);
    assert_true(low[1] == 10 && high[1] == 10);
    assert_true(isnan(low[2]) && isnan(high[2]));
    bootstrap_mean(runs, 2, 3, MANY, 0.6, 7, low, high);    // 0.2 and 0.8
    assert_true(low[0] == 0 && high[0] == 1);
}

// Normal theory: the percentile interval of the mean is about mean +- z sqrt((n - 1) / n) se.
static void bootstrap_resembles_normal_theory_and_repeats(void **state) {
    (void)state;
    enum { N = 30 };
    double x[N], low, high, low_again, high_again, low_other, high_other;
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int i = 0; i < N; i++) x[i] = rng_uniform(&rng) + rng_uniform(&rng) + rng_uniform(&rng);
    Estimate mean = estimate_mean(x, N);
    bootstrap_mean(x, N, 1, MANY, 0.95, 11, &low, &high);
    double half = 1.959964 * mean.se * sqrt((N - 1.0) / N);
    assert_true(fabs(low - (mean.value - half)) < 0.1 * half && fabs(high - (mean.value + half)) < 0.1 * half);
    bootstrap_mean(x, N, 1, MANY, 0.95, 11, &low_again, &high_again);
    bootstrap_mean(x, N, 1, MANY, 0.95, 12, &low_other, &high_other);
    assert_true(low == low_again && high == high_again && low != low_other);
}

// The same runs at all steps: a curve that is a shifted copy of another has a shifted copy of its band.
static void bootstrap_keeps_curves_whole(void **state) {
    (void)state;
    const double runs[] = {0, 8, 1, 9, 3, 11, 7, 15};    // [4][2], step 1 = step 0 + 8
    double low[2], high[2];
    bootstrap_mean(runs, 4, 2, 500, 0.9, 5, low, high);
    assert_true(low[1] == low[0] + 8 && high[1] == high[0] + 8 && low[0] < high[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_drawn_independently),
        cmocka_unit_test(tasks_may_be_drawn_as_well),
        cmocka_unit_test(sets_are_drawn_independently),
        cmocka_unit_test(one_task_is_bootstrap_mean),
        cmocka_unit_test(methods_are_related),
        cmocka_unit_test(acceleration_has_its_closed_form),
        cmocka_unit_test(undefined_scores_have_no_interval),
        cmocka_unit_test(the_jackknife_wants_whole_rows),
        cmocka_unit_test(constants_have_no_bias_correction),
        cmocka_unit_test(failed_runs_leave_the_percentile_method),
        cmocka_unit_test(streams_repeat),
        cmocka_unit_test(curves_keep_runs_whole),
        cmocka_unit_test(simultaneous_bands_cover_the_whole_curve),
        cmocka_unit_test(bootstrap_has_its_exact_quantiles),
        cmocka_unit_test(bootstrap_resembles_normal_theory_and_repeats),
        cmocka_unit_test(bootstrap_keeps_curves_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
