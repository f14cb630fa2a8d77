#include "analysis/correlation.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

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
    if (n < 3 || !values_finite(x, n) || !values_finite(y, n)) return NAN;
    double *rank_x = memory_alloc(sizeof(double) * 2 * (size_t)n), *rank_y = rank_x + n;
    double whole = (double)n * n * n - n, rho = NAN;
    bool varied = ranks(x, n, rank_x) < whole;
    varied = ranks(y, n, rank_y) < whole && varied;
    if (varied) rho = fmax(-1, fmin(1, gsl_stats_correlation(rank_x, 1, rank_y, 1, (size_t)n)));
    free(rank_x);
    return rho;
}

Estimate spearman_estimate(double rho, int n) {
    if (isnan(rho) || n < 4) return estimate_undefined;
    double limit = 1 - 12 / ((double)n * n * n - n);
    // Rounding may leave a perfect correlation just below 1; ties may give values between the limit and 1.
    double kept = fabs(rho) > 1 - 1e-12 ? copysign(limit, rho) : rho;
    return (Estimate){.value = atanh(kept), .se = sqrt((1 + kept * kept / 2) / (n - 3)), .df = INFINITY};
}
