#include "analysis/statistics.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

static bool all_finite(const double *x, int n) {
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

// ---- estimates with an error ----

static const Estimate UNDEFINED = {NAN, NAN, NAN};

Estimate estimate_mean(const double *x, int n) {
    if (n < 1 || !all_finite(x, n)) return UNDEFINED;
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
    if (tasks == 0) return UNDEFINED;
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

static double two_sided(double p_greater, double p_less) {
    return fmin(1, 2 * fmin(p_greater, p_less));
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
    double greater = upper_tail(distance / e.se, e.df), less = upper_tail(-distance / e.se, e.df);
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return two_sided(greater, less);
}

// ---- shares ----

double proportion_lower(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n);
    return k == 0 ? 0 : gsl_cdf_beta_Pinv(alpha, k, n - k + 1);
}

double proportion_upper(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n);
    return k == n ? 1 : gsl_cdf_beta_Qinv(alpha, k + 1, n - k);
}

Interval proportion_interval(int k, int n, double level) {
    double alpha = (1 - level) / 2;
    return (Interval){proportion_lower(k, n, alpha), proportion_upper(k, n, alpha)};
}

double proportion_p(int k, int n, double null, Alternative alternative) {
    assert(n > 0 && k >= 0 && k <= n && null >= 0 && null <= 1);
    // P(at least k | null) and P(at most k | null) as beta integrals, the ones that the bounds invert.
    double greater = k == 0 ? 1 : gsl_cdf_beta_P(null, k, n - k + 1);
    double less = k == n ? 1 : gsl_cdf_beta_Q(null, k + 1, n - k);
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return two_sided(greater, less);
}

// ---- ranks ----

double ranks(const double *x, int n, double *out) {
    if (n == 0) return 0;
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)n);
    gsl_sort_index(order, x, 1, (size_t)n);
    double ties = 0;
    for (int first = 0, next; first < n; first = next) {
        next = first + 1;
        while (next < n && x[order[next]] == x[order[first]]) next++;
        for (int i = first; i < next; i++) out[order[i]] = 0.5 * (first + 1 + next);
        double t = next - first;
        ties += t * t * t - t;
    }
    free(order);
    return ties;
}

double spearman(const double *x, const double *y, int n) {
    if (n < 3 || !all_finite(x, n) || !all_finite(y, n)) return NAN;
    double *rank_x = memory_alloc(sizeof(double) * 2 * (size_t)n), *rank_y = rank_x + n;
    double whole = (double)n * n * n - n, rho = NAN;
    bool varied = ranks(x, n, rank_x) < whole;
    varied = ranks(y, n, rank_y) < whole && varied;
    if (varied) rho = fmax(-1, fmin(1, gsl_stats_correlation(rank_x, 1, rank_y, 1, (size_t)n)));
    free(rank_x);
    return rho;
}

Estimate spearman_estimate(double rho, int n) {
    if (isnan(rho) || n < 4) return UNDEFINED;
    double limit = 1 - 12 / ((double)n * n * n - n);
    // Rounding may leave a perfect correlation just below 1; ties may give values between the limit and 1.
    double kept = fabs(rho) > 1 - 1e-12 ? copysign(limit, rho) : rho;
    return (Estimate){.value = atanh(kept), .se = sqrt((1 + kept * kept / 2) / (n - 3)), .df = INFINITY};
}

// ---- several tests at once ----

void holm_adjust(const double *p, int count, double *adjusted) {
    if (count == 0) return;
    double *known = memory_alloc(sizeof(double) * (size_t)count);
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)count);
    for (int i = 0; i < count; i++) known[i] = isnan(p[i]) ? 1 : p[i];
    gsl_sort_index(order, known, 1, (size_t)count);
    double running = 0;
    for (int i = 0; i < count; i++) {
        running = fmax(running, fmin(1, (count - i) * known[order[i]]));
        adjusted[order[i]] = running;
    }
    free(order);
    free(known);
}
