#include "analysis/proportion.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

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
    return alternative_p(greater, less, alternative);
}

Interval proportion_wilson(int k, int n, double level) {
    assert(n > 0 && k >= 0 && k <= n && level > 0 && level < 1);
    double z = gsl_cdf_ugaussian_Qinv((1 - level) / 2), square = z * z;
    double centre = k + square / 2, half = z * sqrt((double)k * (n - k) / n + square / 4), width = n + square;
    // At the ends the two terms cancel, but for rounding.
    return (Interval){k == 0 ? 0 : (centre - half) / width, k == n ? 1 : (centre + half) / width};
}

Interval proportion_difference(int k_x, int n_x, int k_y, int n_y, double level) {
    Interval of_x = proportion_wilson(k_x, n_x, level), of_y = proportion_wilson(k_y, n_y, level);
    double x = (double)k_x / n_x, y = (double)k_y / n_y;
    return (Interval){x - y - hypot(x - of_x.low, of_y.high - y), x - y + hypot(of_x.high - x, y - of_y.low)};
}
