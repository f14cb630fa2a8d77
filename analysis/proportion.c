#include "analysis/proportion.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>

// The p in (0, 1) whose tail, P(at least k of n | p) rising with p or P(at most k of n | p) falling, equals alpha. By bisection:
// GSL's inversion ends the program where it does not converge, which it does for single k from n = 300 on.
static double solve_share(int k, int n, double alpha, bool rising) {
    double low = 0, high = 1;
    for (int step = 0; step < 200; step++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        double tail = rising ? gsl_cdf_beta_P(middle, k, n - k + 1) : gsl_cdf_beta_Q(middle, k + 1, n - k);
        if ((tail < alpha) == rising) low = middle;
        else high = middle;
    }
    return rising ? low : high;    // rounding widens the interval
}

double proportion_lower(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n && alpha > 0 && alpha < 1);
    return k == 0 ? 0 : solve_share(k, n, alpha, true);
}

double proportion_upper(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n && alpha > 0 && alpha < 1);
    return k == n ? 1 : solve_share(k, n, alpha, false);
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
