#include "analysis/bounded.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/arena.h"

// The knots t_1 <= ... <= t_{n+1}, counted from 1 as in the formulas, and room for the coefficients d_0..d_n.
typedef struct Spline {
    double *knot, *coefficient;
    int n;
} Spline;

// `extra` is the end of the range that the bound adds to the sample. False, and nothing to free, for unusable values.
static bool spline_create(const double *x, int n, double low, double high, double extra, Spline *spline) {
    assert(isfinite(low) && isfinite(high) && low < high);
    if (n < 1) return false;
    for (int i = 0; i < n; i++) {
        if (!(x[i] >= low && x[i] <= high)) return false;
    }
    size_t count = (size_t)n + 1;
    *spline = (Spline){.knot = memory_alloc(sizeof(double) * (2 * count + 1)), .n = n};
    spline->coefficient = spline->knot + count + 1;
    for (int i = 0; i < n; i++) spline->knot[i + 1] = x[i];
    spline->knot[n + 1] = extra;
    gsl_sort(spline->knot + 1, 1, count);
    return true;
}

// P(W <= at), or P(W >= at) if `upper`. With knots t_1 <= ... <= t_{n+1} the distribution function of W is the spline of
// degree n whose coefficients are d_j = 0 for j < 1 and 1 for j >= 1. For t_l <= at < t_{l+1} de Boor's recursion (1972)
//
//     d_j <- ((t_{j+n+1-r} - at) d_{j-1} + (at - t_j) d_j) / (t_{j+n+1-r} - t_j),    r = 1..n, j = l..l-n+r,
//
// ends with the value in d_l. Every step is an average of non-negative numbers: both tails come out with full relative
// precision, and the denominators contain t_{l+1} - t_l > 0 whatever knots coincide. Steps that average equal coefficients
// (j < 1, j > r) are left out; so no knots beyond the n + 1 are needed. The upper tail exchanges 0 and 1.
static double spline_tail(const Spline *spline, double at, bool upper) {
    int n = spline->n, l = 0;
    const double *t = spline->knot;
    double *d = spline->coefficient;
    if (upper ? at <= t[1] : at >= t[n + 1]) return 1;
    if (at < t[1] || at >= t[n + 1]) return 0;
    while (t[l + 1] <= at) l++;
    for (int j = 0; j <= l; j++) d[j] = (j >= 1) != upper;
    for (int r = 1; r <= n; r++) {
        int first = l - n + r > 1 ? l - n + r : 1;
        for (int j = l < r ? l : r; j >= first; j--) {
            double left = at - t[j], right = t[j + n + 1 - r] - at;
            d[j] = (right * d[j - 1] + left * d[j]) / (left + right);
        }
    }
    return d[l];
}

// Where a tail of W equals alpha, from the side on which it is smaller: rounding widens the interval. W lies between the
// outer knots; bisection ends when no number lies between the ends, or below the rounding of the range.
static double spline_quantile(const Spline *spline, double alpha, bool upper) {
    assert(alpha > 0 && alpha < 1);
    double low = spline->knot[1], high = spline->knot[spline->n + 1];
    for (int step = 0; step < 80; step++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        bool outside = spline_tail(spline, middle, upper) < alpha;
        if (outside != upper) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return upper ? high : low;
}

static void spline_destroy(Spline *spline) {
    free(spline->knot);
}

static double bound(const double *x, int n, double low, double high, double alpha, bool upper) {
    Spline spline;
    if (!spline_create(x, n, low, high, upper ? high : low, &spline)) return NAN;
    double quantile = spline_quantile(&spline, alpha, upper);
    spline_destroy(&spline);
    return quantile;
}

double bounded_lower(const double *x, int n, double low, double high, double alpha) {
    return bound(x, n, low, high, alpha, false);
}

double bounded_upper(const double *x, int n, double low, double high, double alpha) {
    return bound(x, n, low, high, alpha, true);
}

Interval bounded_interval(const double *x, int n, double low, double high, double level) {
    double alpha = (1 - level) / 2;
    return (Interval){bounded_lower(x, n, low, high, alpha), bounded_upper(x, n, low, high, alpha)};
}

// The lower bound lies above the null iff less than alpha of its W lies at or below the null; mirrored for the upper bound.
static double one_sided_p(const double *x, int n, double low, double high, double null, bool upper) {
    Spline spline;
    if (!spline_create(x, n, low, high, upper ? high : low, &spline)) return NAN;
    double p = spline_tail(&spline, null, upper);
    spline_destroy(&spline);
    return p;
}

double bounded_p(const double *x, int n, double low, double high, double null, Alternative alternative) {
    if (isnan(null)) return NAN;
    if (alternative == ALTERNATIVE_GREATER) return one_sided_p(x, n, low, high, null, false);
    if (alternative == ALTERNATIVE_LESS) return one_sided_p(x, n, low, high, null, true);
    double greater = one_sided_p(x, n, low, high, null, false), less = one_sided_p(x, n, low, high, null, true);
    return isnan(greater) ? NAN : fmin(1, 2 * fmin(greater, less));
}
