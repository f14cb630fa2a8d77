// Statistics of scores against the published library's numbers (tests/golden/analysis/README.md; points at 1e-12), against
// definitions written out, and where nothing is defined.
#include "analysis/scores.h"

#include <gsl/gsl_sort.h>

#include "core/rng.h"
#include "tests/analysis/scores_golden.h"

static double worst;    // deviation of the test that runs

static int begin(void **state) {
    (void)state;
    worst = 0;
    return 0;
}

static int report(void **state) {
    (void)state;
    print_message("worst deviation: %.2g\n", worst);
    return 0;
}

static void assert_near(const char *what, double found, double expected) {
    double deviation = fabs(found - expected);
    if (!(deviation <= 1e-12 * fmax(1, fabs(expected)))) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
    worst = fmax(worst, deviation);
}

// ---- golden ----------------------------------------------------------------------------------------------------------------

static double metric_of(const char *metric, const Scores *x) {
    if (strcmp(metric, "iqm") == 0) return scores_iqm(x);
    if (strcmp(metric, "median") == 0) return scores_median(x);
    if (strcmp(metric, "mean") == 0) return scores_mean(x);
    assert_string_equal(metric, "optimality_gap");
    return scores_optimality_gap(x);
}

static void aggregates_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_SCORES "aggregates.csv");
    assert_int_equal(csv_rows(table), 192);
    for (size_t row = 0; row < csv_rows(table); row++) {
        GoldenScores x;
        const char *metric = golden_text(table, row, "metric");
        golden_scores(golden_text(table, row, "suite"), golden_text(table, row, "algorithm"), &x);
        assert_near(metric, metric_of(metric, &x.scores), support_number(table, row, "point"));
    }
    csv_destroy(table);
}

static void improvements_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_SCORES "improvement.csv");
    assert_int_equal(csv_rows(table), 12);
    for (size_t row = 0; row < csv_rows(table); row++) {
        GoldenScores x, y;
        golden_scores(golden_text(table, row, "suite"), golden_text(table, row, "x"), &x);
        golden_scores(golden_text(table, row, "suite"), golden_text(table, row, "y"), &y);
        double found = scores_improvement(&x.scores, &y.scores);
        assert_near("improvement", found, support_number(table, row, "point"));
        assert_near("reversed", scores_improvement(&y.scores, &x.scores), 1 - found);
    }
    csv_destroy(table);
}

static void profiles_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_SCORES "profiles.csv");
    assert_int_equal(csv_rows(table), 384);
    for (size_t row = 0; row < csv_rows(table); row++) {
        GoldenScores x;
        golden_scores(golden_text(table, row, "suite"), golden_text(table, row, "algorithm"), &x);
        double tau = support_number(table, row, "tau");
        bool single = strcmp(golden_text(table, row, "kind"), "score_distribution") == 0;
        double found = single ? scores_profile(&x.scores, tau) : scores_average_profile(&x.scores, tau);
        assert_near(golden_text(table, row, "kind"), found, support_number(table, row, "value"));
    }
    csv_destroy(table);
}

static void interquartile_means_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN_SCORES "iqm_sizes.csv");
    assert_int_equal(csv_rows(table), 11);
    for (size_t row = 0; row < csv_rows(table); row++) {
        double value[GOLDEN_ROOM];
        int n = 0;
        char *rest = NULL;
        for (const char *text = golden_text(table, row, "values"); *text; text = rest) value[n++] = strtod(text, &rest);
        assert_int_equal(n, support_whole(table, row, "n"));
        assert_near("IQM", scores_iqm(&(Scores){1, &n, value}), support_number(table, row, "iqm"));
    }
    csv_destroy(table);
}

// ---- definitions -----------------------------------------------------------------------------------------------------------

// For every size, with ties and with -INFINITY: what sorting gives.
static void selection_is_as_good_as_sorting(void **state) {
    (void)state;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int n = 1; n <= 70; n++) {
        int cut = n / 4;
        for (int kinds = 1; kinds <= 64; kinds *= 4) {
            double value[70], sorted[70], sum = 0;
            for (int i = 0; i < n; i++) value[i] = sorted[i] = 0.25 * rng_below(&rng, (uint32_t)kinds);
            if (n >= 4) value[n / 2] = sorted[n / 2] = -INFINITY;
            gsl_sort(sorted, 1, (size_t)n);
            for (int i = cut; i < n - cut; i++) sum += sorted[i];    // exact: multiples of a quarter
            assert_true(scores_iqm(&(Scores){1, &n, value}) == sum / (n - 2 * cut));
        }
    }
}

// Two tasks with 1 and 4 runs.
static void tasks_may_have_different_runs(void **state) {
    (void)state;
    const int runs[] = {1, 4};
    const double value[] = {0.5, 0, 0.25, 2, 1}, other[] = {0.5, 1, 1, 1, 1};
    Scores x = {2, runs, value}, y = {2, runs, other};
    assert_int_equal(scores_count(&x), 5);
    assert_near("mean", scores_mean(&x), 0.5 * (0.5 + 0.8125));
    assert_near("median", scores_median(&x), 0.5 * (0.5 + 0.8125));
    assert_near("IQM", scores_iqm(&x), (0.25 + 0.5 + 1) / 3);
    assert_near("gap", scores_optimality_gap(&x), 1 - 0.5 * (0.5 + 0.5625));
    assert_near("gap at 2", scores_gap(&x, 2), 2 - scores_mean(&x));
    assert_near("profile", scores_profile(&x, 0.5), 2 / 5.0);    // strictly above
    assert_near("average profile", scores_average_profile(&x, 0.5), 0.5);
    assert_near("improvement", scores_improvement(&x, &y), 0.5 * (0.5 + 1.5 / 4));
    assert_near("difference", scores_mean_difference(&x, &y), scores_mean(&x) - 0.75);
    assert_near("itself", scores_improvement(&x, &x), 0.5);
    assert_near("area", scores_profile_area(&x, 0, 2), 3.75 / 5);
    assert_near("area to 1", scores_profile_area(&x, 0, 1), 2.75 / 5);
}

// The area as a sum of rectangles between neighbouring scores.
static void area_is_the_integral_of_the_profile(void **state) {
    (void)state;
    GoldenScores x;
    golden_scores("main", "mingru", &x);
    int n = scores_count(&x.scores);
    double sorted[GOLDEN_ROOM], area = 0, low = -0.25, high = 1.3;
    memcpy(sorted, x.value, sizeof sorted);
    gsl_sort(sorted, 1, (size_t)n);
    double from = low;
    for (int i = 0; i < n; i++) {
        double to = fmin(fmax(sorted[i], low), high);
        area += (to - from) * scores_profile(&x.scores, from);
        from = to;
    }
    area += (high - from) * scores_profile(&x.scores, from);
    assert_near("area", scores_profile_area(&x.scores, low, high), area);
}

static void references_normalise(void **state) {
    (void)state;
    const int runs[] = {2, 1, 1, 1};
    double value[] = {1, 4, -3, 7, 7};
    const double low[] = {1, 5, 7, 0}, high[] = {3, 1, 7, NAN};
    scores_normalise(value, runs, 4, low, high);
    assert_true(value[0] == 0 && value[1] == 1.5);
    assert_true(value[2] == 2);    // lower is better: -3 is twice as far as 1 from 5
    assert_true(isnan(value[3]) && isnan(value[4]));
}

// ---- what is not defined -----------------------------------------------------------------------------------------------------

static void assert_all_undefined(const Scores *x) {
    const int runs[] = {3, 3};
    const double fine[] = {0, 1, 2, 3, 4, 5};
    Scores y = {2, runs, fine};
    assert_false(scores_defined(x));
    assert_true(isnan(scores_mean(x)) && isnan(scores_median(x)) && isnan(scores_iqm(x)) && isnan(scores_gap(x, 2)));
    assert_true(isnan(scores_optimality_gap(x)) && isnan(scores_profile(x, 0)) && isnan(scores_average_profile(x, 0)));
    assert_true(isnan(scores_profile_area(x, 0, 1)));
    assert_true(isnan(scores_improvement(x, &y)) && isnan(scores_improvement(&y, x)));
    assert_true(isnan(scores_mean_difference(x, &y)) && isnan(scores_mean_difference(&y, x)));
}

static void nan_is_never_trimmed(void **state) {
    (void)state;
    const int runs[] = {3, 3}, gap[] = {3, 0};
    double value[] = {0, 1, 2, 3, 4, 5};
    for (int i = 0; i < 6; i++) {
        double kept = value[i];
        value[i] = NAN;
        assert_all_undefined(&(Scores){2, runs, value});
        value[i] = INFINITY;
        assert_all_undefined(&(Scores){2, runs, value});
        value[i] = kept;
    }
    assert_all_undefined(&(Scores){2, gap, value});
    assert_all_undefined(&(Scores){0, runs, value});
    assert_true(scores_defined(&(Scores){2, runs, value}));
    Scores one = {1, runs, value}, two = {2, runs, value};
    assert_true(isnan(scores_improvement(&one, &two)) && isnan(scores_mean_difference(&one, &two)));
}

static void a_single_score_and_constants(void **state) {
    (void)state;
    const int one = 1, four[] = {4, 4};
    const double value = 0.1, constant[] = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
    Scores x = {1, &one, &value}, c = {2, four, constant};
    assert_true(scores_mean(&x) == 0.1 && scores_median(&x) == 0.1 && scores_iqm(&x) == 0.1 && scores_gap(&x, 1) == 0.9);
    assert_true(scores_mean(&c) == 0.5 && scores_median(&c) == 0.5 && scores_iqm(&c) == 0.5);
    assert_true(scores_profile(&c, 0.5) == 0 && scores_profile(&c, 0.49) == 1 && scores_average_profile(&c, 0.5) == 0);
    assert_true(scores_improvement(&c, &c) == 0.5);
}

// ---- runs that failed ----------------------------------------------------------------------------------------------------------

static void policies_take_the_place_of_failed_runs(void **state) {
    (void)state;
    const int runs[] = {3, 2};
    const double raw[] = {0.5, NAN, 0.75, 7, 1}, worst_of[] = {-1, 0};
    const ScoreStatus status[] = {SCORE_OK, SCORE_DIVERGED, SCORE_OK, SCORE_TIMEOUT, SCORE_OK};
    Scores x = {2, runs, raw};
    double value[5];
    int kept[2];
    Scores settled = {2, kept, value};
    Error error = {0};
    assert_false(scores_settle(&x, status, FAILURE_ERROR, NULL, value, kept, &error));
    assert_string_equal(error.message, "task 0, run 1: diverged; the policy for failed runs is error");

    assert_true(scores_settle(&x, status, FAILURE_WORST, worst_of, value, kept, &error));
    assert_true(value[1] == -1 && value[3] == 0);    // not the 7 of a run that ran out of time
    assert_near("mean", scores_mean(&settled), 0.5 * (0.25 / 3 + 0.5));

    assert_true(scores_settle(&x, status, FAILURE_RANK_WORST, NULL, value, kept, &error));
    assert_true(kept[0] == 3 && kept[1] == 2 && value[1] == -INFINITY && value[3] == -INFINITY);
    assert_true(isnan(scores_mean(&settled)) && isnan(scores_optimality_gap(&settled)));
    assert_true(scores_iqm(&settled) == -INFINITY);    // one of two failed runs is trimmed, the other one is not
    assert_true(scores_median(&settled) == -INFINITY);
    assert_near("profile", scores_profile(&settled, 0.5), 2 / 5.0);
    const double other[] = {0, 0, 0, 0, 0};
    assert_near("improvement", scores_improvement(&settled, &(Scores){2, runs, other}), 0.5 * (2 / 3.0 + 0.5));

    assert_true(scores_settle(&x, status, FAILURE_DROP, NULL, value, kept, &error));
    assert_true(kept[0] == 2 && kept[1] == 1 && value[1] == 0.75 && value[2] == 1);
    assert_near("mean", scores_mean(&settled), 0.5 * (0.625 + 1));
}

static void a_failed_run_is_below_all_others_not_above(void **state) {
    (void)state;
    const int runs = 8;
    double value[8] = {1, 2, 3, 4, 5, 6, -INFINITY, -INFINITY};
    assert_true(scores_iqm(&(Scores){1, &runs, value}) == 2.5);    // 1 2 3 4 remain; with NaN on top it would be 4.5
}

static void what_no_policy_covers_stays_undefined(void **state) {
    (void)state;
    const int runs[] = {2, 1};
    const double raw[] = {1, NAN, 1};
    const ScoreStatus fine[] = {SCORE_OK, SCORE_OK, SCORE_OK}, last[] = {SCORE_OK, SCORE_OK, SCORE_CRASHED};
    Scores x = {2, runs, raw};
    double value[3];
    int kept[2];
    for (FailurePolicy policy = FAILURE_ERROR; policy < FAILURE_POLICY_COUNT; policy++) {
        assert_true(scores_settle(&x, fine, policy, (const double[]){0, 0}, value, kept, NULL));
        assert_all_undefined(&(Scores){2, kept, value});
    }
    const double numbers[] = {1, 2, 3};
    assert_true(scores_settle(&(Scores){2, runs, numbers}, last, FAILURE_DROP, NULL, value, kept, NULL));
    assert_int_equal(kept[1], 0);    // a task that nobody finished
    assert_all_undefined(&(Scores){2, kept, value});
}

static void too_few_valid_runs_are_reported(void **state) {
    (void)state;
    ScoreStatus status[10] = {SCORE_OK};
    assert_true(scores_valid_share(status, 10) == 1 && scores_enough_valid(status, 10));
    status[3] = SCORE_MISSING, status[9] = SCORE_CRASHED;
    assert_true(scores_valid_share(status, 10) == 0.8 && scores_enough_valid(status, 10));
    status[0] = SCORE_DIVERGED;
    assert_true(scores_valid_share(status, 10) == 0.7 && !scores_enough_valid(status, 10));
    assert_true(isnan(scores_valid_share(status, 0)) && !scores_enough_valid(status, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(aggregates_match_golden, begin, report),
        cmocka_unit_test_setup_teardown(improvements_match_golden, begin, report),
        cmocka_unit_test_setup_teardown(profiles_match_golden, begin, report),
        cmocka_unit_test_setup_teardown(interquartile_means_match_golden, begin, report),
        cmocka_unit_test(selection_is_as_good_as_sorting),
        cmocka_unit_test(tasks_may_have_different_runs),
        cmocka_unit_test(area_is_the_integral_of_the_profile),
        cmocka_unit_test(references_normalise),
        cmocka_unit_test(nan_is_never_trimmed),
        cmocka_unit_test(a_single_score_and_constants),
        cmocka_unit_test(policies_take_the_place_of_failed_runs),
        cmocka_unit_test(a_failed_run_is_below_all_others_not_above),
        cmocka_unit_test(what_no_policy_covers_stays_undefined),
        cmocka_unit_test(too_few_valid_runs_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
