// Evidence of every scale: a bound at alpha is where the p-value of its side crosses alpha, bounds move with alpha, and what is
// undefined stays so.
#include "analysis/evidence.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/correlation.h"
#include "analysis/two_sample.h"

static const double X[] = {0.31, 0.77, 0.52, 0.98, 0.64, 0.45, 0.83, 0.59, 0.71, 0.38};
static const double Y[] = {0.22, 0.61, 0.35, 0.72, 0.41, 0.48, 0.66, 0.29, 0.55, 0.33};
enum { N = 10 };

// Just inside the bound the boundary is rejected, just beyond it is not.
static void assert_dual(const char *what, const Evidence *e, double step) {
    static const double alphas[] = {0.2, 0.05, 0.01};
    double before_low = e->effect, before_high = e->effect;
    for (int i = 0; i < 3; i++) {
        double alpha = alphas[i], low = evidence_lower(e, alpha), high = evidence_upper(e, alpha);
        if (!(low <= before_low && high >= before_high)) fail_msg("%s: bounds do not widen at %g", what, alpha);
        before_low = low;
        before_high = high;
        double rejected = evidence_p(e, low - step, ALTERNATIVE_GREATER), kept = evidence_p(e, low + step, ALTERNATIVE_GREATER);
        if (isfinite(low) && !(rejected < alpha && kept >= alpha))
            fail_msg("%s: %g, %g around %g", what, rejected, kept, alpha);
        rejected = evidence_p(e, high + step, ALTERNATIVE_LESS);
        kept = evidence_p(e, high - step, ALTERNATIVE_LESS);
        if (isfinite(high) && !(rejected < alpha && kept >= alpha))
            fail_msg("%s: %g, %g around %g", what, rejected, kept, alpha);
    }
}

static void bounds_and_p_values_agree(void **state) {
    (void)state;
    double difference[N];
    for (int i = 0; i < N; i++) difference[i] = X[i] - Y[i];
    Interval unit = {0, 1};
    Evidence all[] = {
        evidence_mean(estimate_mean(X, N)),
        evidence_share(7, N),
        evidence_ranks(spearman(X, Y, N), N),
        evidence_dominance(estimate_logit(superiority_estimate(X, N, Y, N))),
        evidence_bounded(X, N, unit),
        evidence_betting(X, N, unit),
        evidence_permutation((TaskSample){X, NULL, 6}, (TaskSample){Y, NULL, 6}, 2000, 3),    // all 924 divisions
        evidence_sign_flips(difference, N, 2000, 3),
    };
    static const char *const names[] = {"mean",    "share",   "ranks",       "dominance",
                                        "bounded", "betting", "permutation", "sign flips"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_dual(names[i], &all[i], 1e-6);
        // A boundary at infinity is never in doubt.
        assert_true(evidence_p(&all[i], -INFINITY, ALTERNATIVE_GREATER) == 0);
        assert_true(evidence_p(&all[i], INFINITY, ALTERNATIVE_GREATER) == 1);
        assert_true(evidence_p(&all[i], INFINITY, ALTERNATIVE_LESS) == 0);
        evidence_free(&all[i]);
        assert_null(all[i].value);
    }
}

static void relabelling_stays_within_tasks(void **state) {
    (void)state;
    // Two tasks far apart: pooled labels could exchange 0 with 100, within tasks they cannot.
    const double x[] = {1, 2, 3, 101, 102, 103}, y[] = {0, 0.5, 1.5, 100, 100.5, 101.5};
    const int task[] = {0, 0, 0, 1, 1, 1};
    Evidence e = evidence_permutation((TaskSample){x, task, 6}, (TaskSample){y, task, 6}, 1000, 1);
    assert_true(fabs(e.effect - 4.0 / 3) < 1e-12);
    double p = evidence_p(&e, 0, ALTERNATIVE_GREATER);    // each task: 2 of 20 divisions are as extreme or more
    assert_true(p < 0.05);
    assert_true(evidence_lower(&e, 0.05) > 0);
    evidence_free(&e);
    e = evidence_permutation((TaskSample){x, NULL, 6}, (TaskSample){y, NULL, 6}, 1000, 1);
    assert_true(evidence_p(&e, 0, ALTERNATIVE_GREATER) > 0.2);
    evidence_free(&e);
}

static void what_is_undefined_stays_so(void **state) {
    (void)state;
    const double outside[] = {0.5, 1.5}, constant[] = {0.5, 0.5};
    Evidence e = evidence_bounded(outside, 2, (Interval){0, 1});
    assert_true(isnan(e.effect));
    evidence_free(&e);
    e = evidence_ranks(NAN, 10);
    assert_true(isnan(evidence_lower(&e, 0.05)) && isnan(evidence_p(&e, 0, ALTERNATIVE_GREATER)));
    // The same value twice: known bounds still give an interval.
    e = evidence_bounded(constant, 2, (Interval){0, 1});
    assert_true(evidence_lower(&e, 0.05) < 0.5 && evidence_upper(&e, 0.05) > 0.5);
    evidence_free(&e);
    // A mean outside of what a value can be is no hypothesis to bet on.
    e = evidence_betting(constant, 2, (Interval){0, 1});
    assert_true(evidence_p(&e, -0.5, ALTERNATIVE_GREATER) == 0 && evidence_p(&e, 1.5, ALTERNATIVE_GREATER) == 1);
    assert_true(evidence_p(&e, 1.5, ALTERNATIVE_LESS) == 0 && evidence_p(&e, 0, ALTERNATIVE_GREATER) == 0);
    evidence_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_and_p_values_agree),
        cmocka_unit_test(relabelling_stays_within_tasks),
        cmocka_unit_test(what_is_undefined_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
