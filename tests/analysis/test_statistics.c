// Every routine against the golden numbers of SciPy and of an independent reference (tests/golden/analysis/README.md),
// at the tolerance stated there: relative 1e-7, absolute 1e-12; and against closed forms.
#include "analysis/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN "tests/golden/analysis/"

enum { ROOM = 64 };

typedef struct Pair {
    double x[ROOM], y[ROOM];
    int n_x, n_y;
} Pair;

static void assert_close(const char *what, double found, double expected) {
    if (!(fabs(found - expected) <= 1e-12 + 1e-7 * fabs(expected))) {
        fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
    }
}

static FILE *open_golden(const char *path) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char header[512];
    assert_non_null(fgets(header, sizeof header, file));
    return file;
}

// Splits a line at its commas, in place; empty fields stay.
static int split(char *line, char **field, int room) {
    int count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *next = line; next && count < room;) {
        field[count++] = next;
        next = strchr(next, ',');
        if (next) *next++ = '\0';
    }
    return count;
}

// samples.csv: case,sample,index,value
static Pair read_samples(const char *name) {
    Pair pair = {.n_x = 0};
    FILE *file = open_golden(GOLDEN "tests/samples.csv");
    char line[512], *field[8];
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        if (strcmp(field[0], name) != 0) continue;
        if (*field[1] == 'x') {
            pair.x[pair.n_x++] = atof(field[3]);
        } else {
            pair.y[pair.n_y++] = atof(field[3]);
        }
    }
    fclose(file);
    return pair;
}

// paired_samples.csv and correlation_samples.csv: case,index,x,y
static Pair read_pairs(const char *path, const char *name) {
    Pair pair = {.n_x = 0};
    FILE *file = open_golden(path);
    char line[512], *field[8];
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        if (strcmp(field[0], name) != 0) continue;
        pair.x[pair.n_x++] = atof(field[2]);
        pair.y[pair.n_y++] = atof(field[3]);
    }
    fclose(file);
    return pair;
}

static Alternative read_alternative(const char *word) {
    if (strcmp(word, "greater") == 0) return ALTERNATIVE_GREATER;
    if (strcmp(word, "less") == 0) return ALTERNATIVE_LESS;
    return ALTERNATIVE_TWO_SIDED;
}

static Estimate welch(const Pair *s) {
    return estimate_difference(estimate_mean(s->x, s->n_x), estimate_mean(s->y, s->n_y));
}

// Our number for a row of two_sample.csv; false for quantities of a later layer.
static bool two_sample_quantity(const Pair *s, const char *quantity, Alternative alternative, double *found) {
    Estimate e = welch(s);
    double margin;
    if (strcmp(quantity, "mean_diff") == 0) {
        *found = e.value;
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
    } else if (sscanf(quantity, "tost_welch_p_margin%lf", &margin) == 1) {
        *found = fmax(estimate_p(e, -margin, ALTERNATIVE_GREATER), estimate_p(e, margin, ALTERNATIVE_LESS));
    } else if (sscanf(quantity, "tost_welch_p_lower_margin%lf", &margin) == 1) {
        *found = estimate_p(e, -margin, ALTERNATIVE_GREATER);
    } else if (sscanf(quantity, "tost_welch_p_upper_margin%lf", &margin) == 1) {
        *found = estimate_p(e, margin, ALTERNATIVE_LESS);
    } else {
        return false;
    }
    return true;
}

static void two_samples_match_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "tests/two_sample.csv");
    char line[512], *field[8], what[512];
    int checked = 0;
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        Pair samples = read_samples(field[0]);
        double found;
        if (!two_sample_quantity(&samples, field[3], read_alternative(field[4]), &found)) continue;
        snprintf(what, sizeof what, "%.99s %.99s %.99s", field[0], field[3], field[4]);
        assert_close(what, found, atof(field[5]));
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 9 * 21);    // 9 cases with 3 t, 3 p, 4 ends, df, mean, 9 TOST
}

static void paired_tests_match_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "tests/paired.csv");
    char line[512], *field[8], what[512];
    int checked = 0;
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        Pair pair = read_pairs(GOLDEN "tests/paired_samples.csv", field[0]);
        double difference[ROOM], found;
        for (int i = 0; i < pair.n_x; i++) difference[i] = pair.x[i] - pair.y[i];
        Estimate e = estimate_mean(difference, pair.n_x);
        Alternative alternative = read_alternative(field[3]);
        if (strcmp(field[2], "paired_t") == 0) {
            found = e.value / e.se;
        } else if (strcmp(field[2], "paired_t_p") == 0) {
            found = estimate_p(e, 0, alternative);
        } else {
            continue;
        }
        snprintf(what, sizeof what, "%.99s %.99s %.99s", field[0], field[2], field[3]);
        assert_close(what, found, atof(field[4]));
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 18);
}

// On the scale of rho.
static Interval spearman_interval(double rho, int n, double level) {
    Interval z = estimate_interval(spearman_estimate(rho, n), level);
    return (Interval){tanh(z.low), tanh(z.high)};
}

static void correlations_match_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "tests/correlation.csv");
    char line[512], *field[8], what[512];
    int checked = 0;
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        Pair pair = read_pairs(GOLDEN "tests/correlation_samples.csv", field[0]);
        double rho = spearman(pair.x, pair.y, pair.n_x), found;
        Interval interval = spearman_interval(rho, pair.n_x, 0.95);
        if (strcmp(field[2], "spearman_rho") == 0) {
            found = rho;
        } else if (strcmp(field[2], "spearman_bonett_wright_ci95_lo") == 0) {
            found = interval.low;
        } else if (strcmp(field[2], "spearman_bonett_wright_ci95_hi") == 0) {
            found = interval.high;
        } else {
            continue;
        }
        snprintf(what, sizeof what, "%.99s %.99s", field[0], field[2]);
        assert_close(what, found, atof(field[3]));
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 15);
}

// scores_<suite>_<algorithm>.csv: run,task0,task1,...; as values with their task.
static int read_scores(const char *suite, const char *algorithm, double *value, int *task) {
    char path[256], line[1024], *field[16];
    snprintf(path, sizeof path, GOLDEN "scores/scores_%s_%s.csv", suite, algorithm);
    FILE *file = open_golden(path);
    int n = 0;
    while (fgets(line, sizeof line, file)) {
        int columns = split(line, field, 16);
        for (int j = 1; j < columns; j++) {
            value[n] = atof(field[j]);
            task[n++] = j - 1;
        }
    }
    fclose(file);
    return n;
}

static void stratified_welch_matches_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "scores/stratified_welch.csv");
    char line[1024], *field[16];
    int checked = 0;
    while (fgets(line, sizeof line, file)) {
        split(line, field, 16);
        double x[256], y[256];
        int task_x[256], task_y[256];
        int n_x = read_scores(field[0], field[1], x, task_x), n_y = read_scores(field[0], field[2], y, task_y);
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
        for (int i = 0; i < 10; i++) assert_close(field[0], found[i], atof(field[3 + i]));
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 12);
}

static void proportions_match_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "tests/proportion.csv");
    char line[512], *field[8];
    int checked = 0;
    while (fgets(line, sizeof line, file)) {
        split(line, field, 8);
        int k = atoi(field[0]), n = atoi(field[1]);
        Interval interval = proportion_interval(k, n, atof(field[2]));
        assert_close("Clopper-Pearson low", interval.low, atof(field[5]));
        assert_close("Clopper-Pearson high", interval.high, atof(field[6]));
        // At null 1/2 the binomial is symmetric, so that the doubled tail is the golden two-sided p.
        assert_close("binomial p", proportion_p(k, n, 0.5, ALTERNATIVE_TWO_SIDED), atof(field[7]));
        checked++;
    }
    fclose(file);
    assert_int_equal(checked, 6);
}

// The bound is where the test changes its mind; over a grid that GSL's inversion must survive.
static void proportion_bounds_invert_the_test(void **state) {
    (void)state;
    const double alphas[] = {0.05, 0.025, 0.005, 0.0005};
    for (int n = 1; n <= 60; n++) {
        for (int k = 0; k <= n; k++) {
            for (int a = 0; a < 4; a++) {
                double low = proportion_lower(k, n, alphas[a]), high = proportion_upper(k, n, alphas[a]);
                assert_true(low >= 0 && low <= (double)k / n && high >= (double)k / n && high <= 1);
                if (k > 0) assert_close("low", proportion_p(k, n, low, ALTERNATIVE_GREATER), alphas[a]);
                if (k < n) assert_close("high", proportion_p(k, n, high, ALTERNATIVE_LESS), alphas[a]);
            }
        }
    }
    assert_close("all of ten", proportion_lower(10, 10, 0.05), pow(0.05, 0.1));
}

static void holm_matches_golden(void **state) {
    (void)state;
    FILE *file = open_golden(GOLDEN "tests/multiplicity.csv");
    char line[512], *field[12], name[100] = "";
    double p[ROOM], expected[ROOM], found[ROOM];
    int count = 0, checked = 0;
    for (bool more = true; more;) {
        more = fgets(line, sizeof line, file) != NULL;
        if (more) split(line, field, 12);
        if (count > 0 && (!more || strcmp(field[0], name) != 0)) {
            holm_adjust(p, count, found);
            for (int i = 0; i < count; i++) assert_close(name, found[i], expected[i]);
            checked += count;
            count = 0;
        }
        if (!more) break;
        snprintf(name, sizeof name, "%.99s", field[0]);
        p[count] = atof(field[2]);
        expected[count++] = atof(field[4]);
    }
    fclose(file);
    assert_int_equal(checked, 60);
    double with_nan[] = {0.01, NAN};
    holm_adjust(with_nan, 2, with_nan);
    assert_close("beside an unknown", with_nan[0], 0.02);
    assert_close("unknown", with_nan[1], 1);
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
    assert_true(isnan(spearman(constant, other, 3)) && isnan(spearman(other, constant, 3)));
    assert_true(isnan(spearman(other, broken, 3)) && isnan(spearman(other, other, 2)));
    assert_true(isnan(spearman_interval(NAN, 10, 0.9).low) && isnan(spearman_interval(0.5, 3, 0.9).low));
}

static void perfect_rank_correlation_keeps_an_interval(void **state) {
    (void)state;
    double x[10], y[10];
    for (int i = 0; i < 10; i++) {
        x[i] = i;
        y[i] = exp(i);
    }
    double rho = spearman(x, y, 10);
    assert_close("rho", rho, 1);
    Interval perfect = spearman_interval(rho, 10, 0.9), swapped = spearman_interval(1 - 12 / 990.0, 10, 0.9);
    assert_true(isfinite(perfect.low) && perfect.low == swapped.low && perfect.high < 1);
    Interval mirrored = spearman_interval(-rho, 10, 0.9);
    assert_close("mirror", mirrored.high, -perfect.low);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_samples_match_golden),    cmocka_unit_test(paired_tests_match_golden),
        cmocka_unit_test(correlations_match_golden),   cmocka_unit_test(stratified_welch_matches_golden),
        cmocka_unit_test(proportions_match_golden),    cmocka_unit_test(proportion_bounds_invert_the_test),
        cmocka_unit_test(holm_matches_golden),         cmocka_unit_test(intervals_have_their_closed_form),
        cmocka_unit_test(degenerate_input_is_visible), cmocka_unit_test(perfect_rank_correlation_keeps_an_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
