#include "analysis/statistics.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

const Estimate estimate_undefined = {NAN, NAN, NAN};
const TestResult test_undefined = {NAN, NAN};

bool values_finite(const double *x, int n) {
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

// ---- estimates with an error ----

Estimate estimate_mean(const double *x, int n) {
    if (n < 1 || !values_finite(x, n)) return estimate_undefined;
    Estimate e = {.value = gsl_stats_mean(x, 1, (size_t)n), .se = NAN, .df = n - 1};
    if (n < 2) return e;
    // The mean of equal values may be off by one rounding: a constant sample must have se = 0 exactly.
    double lowest, highest;
    gsl_stats_minmax(&lowest, &highest, x, 1, (size_t)n);
    if (lowest == highest) return (Estimate){.value = lowest, .se = 0, .df = n - 1};
    e.se = gsl_stats_sd(x, 1, (size_t)n) / sqrt((double)n);
    return e;
}

Estimate estimate_difference(Estimate a, Estimate b) {
    double variance_a = a.se * a.se, variance_b = b.se * b.se, variance = variance_a + variance_b;
    Estimate e = {.value = a.value - b.value, .se = sqrt(variance), .df = a.df + b.df};
    if (variance == 0) return e;
    // Shares of the variance instead of fourth powers: no underflow.
    double share_a = variance_a / variance, share_b = variance_b / variance;
    double inverse = 0;
    if (share_a != 0) inverse += share_a * share_a / a.df;
    if (share_b != 0) inverse += share_b * share_b / b.df;
    e.df = 1 / inverse;
    return e;
}

// Values of one stratum, in order; returns how many.
static int stratum_values(const double *x, const int *stratum, int n, int wanted, double *out) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (stratum[i] == wanted) out[count++] = x[i];
    }
    return count;
}

Estimate estimate_stratified(const double *x, const int *stratum, int n) {
    if (!stratum) return estimate_mean(x, n);
    int last = -1, tasks = 0;
    for (int i = 0; i < n; i++) {
        assert(stratum[i] >= 0);
        if (stratum[i] > last) last = stratum[i];
    }
    double *values = memory_alloc(sizeof(double) * (size_t)(n + 1));
    Estimate sum = {.value = 0, .se = 0, .df = 0};
    for (int s = 0; s <= last; s++) {
        int count = stratum_values(x, stratum, n, s, values);
        if (count == 0) continue;
        Estimate task = estimate_mean(values, count);
        task.value = -task.value;    // a - (-b): the sum, with the same error
        sum = estimate_difference(sum, task);
        tasks++;
    }
    free(values);
    if (tasks == 0) return estimate_undefined;
    return (Estimate){sum.value / tasks, sum.se / tasks, sum.df};
}

// Upper tail of the error's distribution; GSL is not asked about infinities.
static double upper_tail(double t, double df) {
    if (isnan(t) || isnan(df)) return NAN;
    if (isinf(t)) return t > 0 ? 0 : 1;
    return isinf(df) ? gsl_cdf_ugaussian_Q(t) : gsl_cdf_tdist_Q(t, df);
}

static double upper_quantile(double alpha, double df) {
    assert(alpha > 0 && alpha < 1);
    if (!(df > 0)) return NAN;
    return isinf(df) ? gsl_cdf_ugaussian_Qinv(alpha) : gsl_cdf_tdist_Qinv(alpha, df);
}

double estimate_lower(Estimate e, double alpha) {
    return e.se == 0 ? e.value : e.value - upper_quantile(alpha, e.df) * e.se;
}

double estimate_upper(Estimate e, double alpha) {
    return e.se == 0 ? e.value : e.value + upper_quantile(alpha, e.df) * e.se;
}

Interval estimate_interval(Estimate e, double level) {
    double alpha = (1 - level) / 2;
    return (Interval){estimate_lower(e, alpha), estimate_upper(e, alpha)};
}

double alternative_p(double greater, double less, Alternative alternative) {
    if (isnan(greater) || isnan(less)) return NAN;
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return fmin(1, 2 * fmin(greater, less));
}

double estimate_p(Estimate e, double null, Alternative alternative) {
    if (isnan(e.value) || isnan(e.se) || isnan(null)) return NAN;
    double distance = e.value - null;
    if (e.se == 0) {
        bool beyond = alternative == ALTERNATIVE_GREATER ? distance > 0
                      : alternative == ALTERNATIVE_LESS  ? distance < 0
                                                         : distance != 0;
        return beyond ? 0 : 1;
    }
    return alternative_p(upper_tail(distance / e.se, e.df), upper_tail(-distance / e.se, e.df), alternative);
}

TestResult estimate_test(Estimate e, double null, Alternative alternative) {
    double distance = e.value - null;
    return (TestResult){distance == 0 && e.se == 0 ? 0 : distance / e.se, estimate_p(e, null, alternative)};
}

Estimate estimate_logit(Estimate share) {
    double v = share.value, slope = v * (1 - v);
    return (Estimate){.value = log(v / (1 - v)), .se = slope > 0 ? share.se / slope : NAN, .df = share.df};
}
