#include "analysis/effect.h"

#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/paired.h"
#include "analysis/two_sample.h"
#include "core/arena.h"

static bool comparable(const double *x, int n_x, const double *y, int n_y) {
    return n_x > 0 && n_y > 0 && values_finite(x, n_x) && values_finite(y, n_y);
}

double cohen_d(const double *x, int n_x, const double *y, int n_y) {
    Estimate difference = student_estimate(x, n_x, y, n_y);
    if (!(difference.se > 0)) return NAN;
    return difference.value / difference.se * sqrt(1.0 / n_x + 1.0 / n_y);
}

double hedges_g(const double *x, int n_x, const double *y, int n_y) {
    double d = cohen_d(x, n_x, y, n_y), m = n_x + n_y - 2;
    return isnan(d) ? NAN : d * exp(gsl_sf_lngamma(m / 2) - gsl_sf_lngamma((m - 1) / 2)) / sqrt(m / 2);
}

double cohen_d_z(const double *x, const double *y, int n) {
    Estimate difference = paired_estimate(x, y, n);
    return difference.se > 0 ? difference.value / (difference.se * sqrt(n)) : NAN;
}

double superiority(const double *x, int n_x, const double *y, int n_y) {
    return mann_whitney_u(x, n_x, y, n_y) / ((double)n_x * n_y);
}

double cliff_delta(const double *x, int n_x, const double *y, int n_y) {
    return 2 * superiority(x, n_x, y, n_y) - 1;
}

double hodges_lehmann(const double *x, int n_x, const double *y, int n_y) {
    if (!comparable(x, n_x, y, n_y)) return NAN;
    size_t count = (size_t)n_x * (size_t)n_y, filled = 0;
    double *difference = memory_alloc(sizeof(double) * count);
    for (int i = 0; i < n_x; i++) {
        for (int j = 0; j < n_y; j++) difference[filled++] = x[i] - y[j];
    }
    gsl_sort(difference, 1, count);
    double median = gsl_stats_median_from_sorted_data(difference, 1, count);
    free(difference);
    return median;
}
