// Estimates with an error against the golden numbers and against closed forms.
#include "analysis/statistics.h"
#include "tests/analysis/samples.h"

static Estimate welch(const Samples *s) {
    return estimate_difference(estimate_mean(s->x, s->n_x), estimate_mean(s->y, s->n_y));
}

static bool difference_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    Estimate e = welch(s);
    if (strcmp(quantity, "mean_diff") == 0) {
        *found = e.value;
    } else if (strcmp(quantity, "sd_x") == 0) {
        *found = estimate_mean(s->x, s->n_x).se * sqrt(s->n_x);
    } else if (strcmp(quantity, "sd_y") == 0) {
        *found = estimate_mean(s->y, s->n_y).se * sqrt(s->n_y);
    } else if (strcmp(quantity, "welch_df") == 0) {
        *found = e.df;
    } else if (strcmp(quantity, "welch_t") == 0) {
        *found = e.value / e.se;
    } else if (strcmp(quantity, "welch_p") == 0) {
        *found = estimate_p(e, 0, alternative);
    } else if (strcmp(quantity, "welch_ci90_lo") == 0) {
        *found = estimate_interval(e, 0.90).low;
    } else if (strcmp(quantity, "welch_ci90_hi") == 0) {
        *found = estimate_upper(e, 0.05);
    } else if (strcmp(quantity, "welch_ci95_lo") == 0) {
        *found = estimate_lower(e, 0.025);
    } else if (strcmp(quantity, "welch_ci95_hi") == 0) {
        *found = estimate_interval(e, 0.95).high;
    } else {
        return false;
    }
    return true;
}

static void differences_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("two_sample", difference_quantity, &deviation);
    samples_report(&deviation, checked, 9 * 14);    // 9 cases with 3 t, 3 p, 4 ends, df, mean, 2 sd
}

// scores_<suite>_<algorithm>.csv: run,task0,task1,...; as values with their task.
static int read_scores(const char *suite, const char *algorithm, double *value, int *task) {
    char *path = memory_format(GOLDEN "scores/scores_%s_%s.csv", suite, algorithm);
    CsvTable *table = support_table(path);
    int n = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        for (int j = 1; j < csv_columns(table); j++) {
            value[n] = support_number(table, row, csv_name(table, j));
            task[n++] = j - 1;
        }
    }
    csv_destroy(table);
    free(path);
    return n;
}

static void stratified_welch_matches_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "scores/stratified_welch.csv");
    Deviation deviation = {0};
    int checked = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        double x[256], y[256];
        int task_x[256], task_y[256];
        const char *suite = csv_text(table, row, 0);
        int n_x = read_scores(suite, csv_text(table, row, 1), x, task_x);
        int n_y = read_scores(suite, csv_text(table, row, 2), y, task_y);
        Estimate e = estimate_difference(estimate_stratified(x, task_x, n_x), estimate_stratified(y, task_y, n_y));
        const double found[] = {
            e.value,
            e.se,
            e.df,
            e.value / e.se,
            estimate_p(e, 0, ALTERNATIVE_TWO_SIDED),
            estimate_p(e, 0, ALTERNATIVE_GREATER),
            estimate_interval(e, 0.95).low,
            estimate_interval(e, 0.95).high,
            estimate_interval(e, 0.90).low,
            estimate_interval(e, 0.90).high,
        };
        for (int i = 0; i < 10; i++, checked++) {
            const char *column = csv_name(table, 3 + i);
            char what[128];
            snprintf(what, sizeof what, "%s %s", suite, column);
            samples_expect(&deviation, what, found[i], support_number(table, row, column));
        }
    }
    csv_destroy(table);
    samples_report(&deviation, checked, 120);
}

// t with 1 degree is Cauchy and with 2 has an algebraic quantile.
static void intervals_have_their_closed_form(void **state) {
    (void)state;
    double pi = acos(-1);
    Estimate cauchy = {.value = 1, .se = 2, .df = 1};
    assert_close("Cauchy", estimate_upper(cauchy, 0.05), 1 + 2 * tan(pi * 0.45));
    Estimate two = {.value = 0, .se = 1, .df = 2};
    for (double alpha = 0.0005; alpha < 0.5; alpha += 0.0123) {
        double quantile = (1 - 2 * alpha) / sqrt(2 * alpha * (1 - alpha));
        assert_close("df 2", estimate_upper(two, alpha), quantile);
        assert_close("df 2", estimate_lower(two, alpha), -quantile);
    }
    // The bound and the test agree wherever claims look, also for fractional degrees.
    for (double df = 1; df < 60; df += 0.7) {
        for (double alpha = 0.0005; alpha < 0.5; alpha += 0.0123) {
            Estimate e = {.value = 3, .se = 0.5, .df = df};
            assert_close("bound", estimate_p(e, estimate_lower(e, alpha), ALTERNATIVE_GREATER), alpha);
            assert_close("bound", estimate_p(e, estimate_upper(e, alpha), ALTERNATIVE_LESS), alpha);
        }
    }
}

static void degenerate_input_is_visible(void **state) {
    (void)state;
    const double constant[] = {0.1, 0.1, 0.1}, other[] = {1, 2, 4}, broken[] = {1, NAN, 2}, endless[] = {1, INFINITY, 2};
    Estimate flat = estimate_mean(constant, 3);
    assert_true(flat.value == 0.1 && flat.se == 0 && flat.df == 2);
    assert_true(estimate_p(flat, 0.1, ALTERNATIVE_TWO_SIDED) == 1 && estimate_p(flat, 0, ALTERNATIVE_TWO_SIDED) == 0);
    assert_true(estimate_p(flat, 0.2, ALTERNATIVE_GREATER) == 1 && estimate_p(flat, 0.2, ALTERNATIVE_LESS) == 0);
    assert_true(estimate_lower(flat, 0.05) == 0.1);
    Estimate both = estimate_difference(flat, flat);
    assert_true(both.value == 0 && both.se == 0);
    assert_close("one constant arm", estimate_difference(flat, estimate_mean(other, 3)).df, 2);
    assert_true(isnan(estimate_mean(broken, 3).value) && isnan(estimate_mean(endless, 3).value));
    assert_true(isnan(estimate_mean(other, 0).value));
    Estimate single = estimate_mean(other, 1);
    assert_true(single.value == 1 && isnan(single.se) && isnan(estimate_lower(single, 0.05)));
    assert_true(isnan(estimate_p(single, 0, ALTERNATIVE_GREATER)));
    const int lonely[] = {0, 0, 1};
    assert_true(isnan(estimate_stratified(other, lonely, 3).se));
}

static void an_alternative_takes_its_side(void **state) {
    (void)state;
    assert_true(alternative_p(0.2, 0.9, ALTERNATIVE_GREATER) == 0.2 && alternative_p(0.2, 0.9, ALTERNATIVE_LESS) == 0.9);
    assert_true(alternative_p(0.2, 0.9, ALTERNATIVE_TWO_SIDED) == 0.4 && alternative_p(0.9, 0.2, ALTERNATIVE_TWO_SIDED) == 0.4);
    assert_true(alternative_p(0.7, 0.6, ALTERNATIVE_TWO_SIDED) == 1);
    assert_true(isnan(alternative_p(NAN, 0.2, ALTERNATIVE_TWO_SIDED)) && isnan(alternative_p(0.2, NAN, ALTERNATIVE_TWO_SIDED)));
    // An error without degrees of freedom gives no p.
    assert_true(isnan(estimate_p((Estimate){1, 1, NAN}, 0, ALTERNATIVE_TWO_SIDED)));
}

static void a_test_has_its_statistic(void **state) {
    (void)state;
    Estimate e = {.value = 3, .se = 0.5, .df = 7};
    TestResult test = estimate_test(e, 2, ALTERNATIVE_LESS);
    assert_true(test.statistic == 2 && test.p == estimate_p(e, 2, ALTERNATIVE_LESS));
    e.se = 0;
    test = estimate_test(e, 3, ALTERNATIVE_TWO_SIDED);
    assert_true(test.statistic == 0 && test.p == 1);
    test = estimate_test(e, 4, ALTERNATIVE_LESS);
    assert_true(test.statistic == -INFINITY && test.p == 0);
    test = estimate_test(estimate_undefined, 0, ALTERNATIVE_LESS);
    assert_true(isnan(test.statistic) && isnan(test.p));
}

static void shares_have_a_logit(void **state) {
    (void)state;
    Estimate share = {.value = 0.8, .se = 0.04, .df = 9}, logit = estimate_logit(share);
    assert_close("value", logit.value, log(4));
    assert_close("se", logit.se, 0.25);
    assert_true(logit.df == 9);
    // The slope is that of the function: a small step on the one scale is one on the other.
    Estimate next = estimate_logit((Estimate){0.8 + 1e-6, 0.04, 9});
    assert_true(fabs((next.value - logit.value) / 1e-6 - logit.se / share.se) < 1e-4);
    Estimate all = estimate_logit((Estimate){1, 0, 9}), none = estimate_logit((Estimate){0, 0, 9});
    assert_true(all.value == INFINITY && isnan(all.se) && none.value == -INFINITY && isnan(none.se));
    assert_true(isnan(estimate_logit(estimate_undefined).value) && isnan(estimate_logit(estimate_undefined).se));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_match_golden),
        cmocka_unit_test(stratified_welch_matches_golden),
        cmocka_unit_test(intervals_have_their_closed_form),
        cmocka_unit_test(degenerate_input_is_visible),
        cmocka_unit_test(an_alternative_takes_its_side),
        cmocka_unit_test(a_test_has_its_statistic),
        cmocka_unit_test(shares_have_a_logit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
