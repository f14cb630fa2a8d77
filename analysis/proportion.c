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
