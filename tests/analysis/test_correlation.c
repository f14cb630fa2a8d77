// Correlations against the golden numbers and against closed forms.
#include "analysis/correlation.h"
#include "tests/analysis/samples.h"

// On the scale of rho.
static Interval spearman_interval(double rho, int n, double level) {
    Interval z = estimate_interval(spearman_estimate(rho, n), level);
    return (Interval){tanh(z.low), tanh(z.high)};
}

static bool correlation_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    (void)alternative;
    double rho = spearman(s->x, s->y, s->n_x);
    if (strcmp(quantity, "spearman_rho") == 0) {
        *found = rho;
    } else if (strcmp(quantity, "spearman_bonett_wright_ci95_lo") == 0) {
        *found = spearman_interval(rho, s->n_x, 0.95).low;
    } else if (strcmp(quantity, "spearman_bonett_wright_ci95_hi") == 0) {
        *found = spearman_interval(rho, s->n_x, 0.95).high;
    } else {
        return false;
    }
    return true;
}

static void correlations_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("correlation", correlation_quantity, &deviation);
    samples_report(&deviation, checked, 15);
}

static void undefined_stays_visible(void **state) {
    (void)state;
    const double constant[] = {0.1, 0.1, 0.1}, other[] = {1, 2, 4}, broken[] = {1, NAN, 2};
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
        cmocka_unit_test(correlations_match_golden),
        cmocka_unit_test(undefined_stays_visible),
        cmocka_unit_test(perfect_rank_correlation_keeps_an_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
