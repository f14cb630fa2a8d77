#include "analysis/power.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// ---- integrals over the distribution of the standard deviation ----

// P(t s - b < Z < a - t s) averaged over s; b = INFINITY leaves only P(T > t) with noncentrality a.
typedef struct Wedge {
    double t, df, a, b, scale;
} Wedge;

// Density of s = chi_df / sqrt(df), written around s = 1 so that nothing cancels for large df:
// sqrt(df / pi) / Gamma*(df / 2) exp((df - 1) ln s - df (s^2 - 1) / 2), Gamma* = GSL's regulated gamma function.
static double deviation_density(double s, double df, double scale) {
    double power = df == 1 ? 0 : (df - 1) * log(s);
    return scale * exp(power - 0.5 * df * (s - 1) * (s + 1));
}

static double wedge_at(double s, void *context) {
    const Wedge *w = context;
    double inside = gsl_cdf_ugaussian_P(w->a - w->t * s);
    if (isfinite(w->b)) inside -= gsl_cdf_ugaussian_P(w->t * s - w->b);
    return fmax(0, inside) * deviation_density(s, w->df, w->scale);
}

static double wedge_panel(Wedge *wedge, double from, double to) {
    if (!(to > from)) return 0;
    gsl_function integrand = {.function = wedge_at, .params = wedge};
    gsl_integration_cquad_workspace *workspace = gsl_integration_cquad_workspace_alloc(100);
    double value = NAN, error;
    size_t evaluations;
    gsl_integration_cquad(&integrand, from, to, 1e-17, 1e-12, workspace, &value, &error, &evaluations);
    gsl_integration_cquad_workspace_free(workspace);
    return value;
}

// s leaves 1 -+ 10 / sqrt(df) with a probability below exp(-50); past the wedge's tip t s = (a + b) / 2 nothing is left. For
// large t the normal probabilities step within 9 / t of a / t and b / t: panels of their own, so that no step is overlooked.
static double wedge_integral(double t, double df, double a, double b) {
    double low = fmax(0, 1 - 10 / sqrt(df)), high = 1 + 10 / sqrt(df);
    if (isfinite(b)) high = fmin(high, (a + b) / (2 * t));
    Wedge wedge = {.t = t, .df = df, .a = a, .b = b, .scale = sqrt(df / M_PI) / gsl_sf_gammastar(df / 2)};
    double edge[6] = {low, high, low, low, low, low};
    if (t != 0) {
        for (int side = 0; side < 2; side++) {
            edge[2 + side] = fmax(low, fmin(high, (a + (side ? 9 : -9)) / t));
            if (isfinite(b)) edge[4 + side] = fmax(low, fmin(high, (b + (side ? 9 : -9)) / t));
        }
    }
    gsl_sort(edge, 1, 6);
    double value = 0;
    for (int i = 0; i + 1 < 6; i++) value += wedge_panel(&wedge, edge[i], edge[i + 1]);
    return value > 1 ? 1 : value;
}

double noncentral_t_above(double t, double df, double noncentrality) {
    if (isnan(t) || isnan(df) || !isfinite(noncentrality)) return NAN;
    assert(df >= 1);
    if (isinf(t)) return t > 0 ? 0 : 1;
    if (isinf(df)) return gsl_cdf_ugaussian_Q(t - noncentrality);
    return wedge_integral(t, df, noncentrality, INFINITY);
}

// -T is noncentral with the opposite sign.
double noncentral_t_below(double t, double df, double noncentrality) {
    return noncentral_t_above(-t, df, -noncentrality);
}

// ---- t tests and equivalence ----

static double design_df(PowerDesign design, int n) {
    return design == POWER_TWO_SAMPLE ? 2.0 * n - 2 : n - 1;
}

// Standard errors per standard deviation.
static double design_root(PowerDesign design, int n) {
    return sqrt(design == POWER_TWO_SAMPLE ? n / 2.0 : n);
}

double power_t(PowerDesign design, double effect, int n, double alpha, Alternative alternative) {
    assert(alpha > 0 && alpha < 1);
    if (n < 2 || !isfinite(effect)) return NAN;
    double df = design_df(design, n), shift = effect * design_root(design, n);
    if (alternative == ALTERNATIVE_LESS) shift = -shift;
    if (alternative != ALTERNATIVE_TWO_SIDED) return noncentral_t_above(gsl_cdf_tdist_Qinv(alpha, df), df, shift);
    double critical = gsl_cdf_tdist_Qinv(alpha / 2, df);
    return noncentral_t_above(critical, df, shift) + noncentral_t_below(-critical, df, shift);
}

double power_equivalence(PowerDesign design, double effect, double margin, int n, double alpha) {
    assert(alpha > 0 && alpha < 0.5);
    if (n < 2 || !isfinite(effect) || !isfinite(margin)) return NAN;
    assert(margin > 0);
    double df = design_df(design, n), root = design_root(design, n);
    return wedge_integral(gsl_cdf_tdist_Qinv(alpha, df), df, root * (margin - effect), root * (margin + effect));
}

// ---- sizes ----

typedef struct Plan {
    PowerDesign design;
    Alternative alternative;
    double effect, margin, alpha;
} Plan;

static double t_power_of(const Plan *plan, int n) {
    return power_t(plan->design, plan->effect, n, plan->alpha, plan->alternative);
}

static double equivalence_power_of(const Plan *plan, int n) {
    return power_equivalence(plan->design, plan->effect, plan->margin, n, plan->alpha);
}

// Smallest n >= 2 with at least the wanted power, which grows with n: doubled until enough, then halved into.
static int smallest_size(double (*power_of)(const Plan *, int), const Plan *plan, double power) {
    int enough = 2, short_of = 1;
    while (!(power_of(plan, enough) >= power)) {
        if (enough == POWER_MOST_RUNS) return 0;
        short_of = enough;
        enough = enough > POWER_MOST_RUNS / 2 ? POWER_MOST_RUNS : 2 * enough;
    }
    while (enough - short_of > 1) {
        int middle = short_of + (enough - short_of) / 2;
        if (power_of(plan, middle) >= power) {
            enough = middle;
        } else {
            short_of = middle;
        }
    }
    return enough;
}

int power_t_size(PowerDesign design, double effect, double power, double alpha, Alternative alternative) {
    assert(power > 0 && power < 1);
    Plan plan = {.design = design, .alternative = alternative, .effect = effect, .alpha = alpha};
    return smallest_size(t_power_of, &plan, power);
}

int power_equivalence_size(PowerDesign design, double effect, double margin, double power, double alpha) {
    assert(power > 0 && power < 1);
    Plan plan = {.design = design, .effect = effect, .margin = margin, .alpha = alpha};
    return smallest_size(equivalence_power_of, &plan, power);
}

double power_sd_upper(double sd, double df, double confidence) {
    assert(confidence > 0 && confidence < 1);
    if (!(sd >= 0 && isfinite(sd)) || !(df > 0 && isfinite(df))) return NAN;
    return sd * sqrt(df / gsl_cdf_chisq_Pinv(1 - confidence, df));
}

// ---- shares ----

static bool share_shown(int hits, int n, double threshold, double alpha) {
    return proportion_p(hits, n, threshold, ALTERNATIVE_GREATER) < alpha;
}

int power_share_size(double share, double threshold, double alpha) {
    assert(alpha > 0 && alpha < 1);
    if (!(threshold >= 0 && threshold < share && share <= 1)) return 0;
    for (int n = 1; n <= POWER_MOST_RUNS; n++) {
        int hits = (int)ceil(share * n - 1e-9);    // 0.55 * 100 is a little more than 55
        if (share_shown(hits, n, threshold, alpha)) return n;
    }
    return 0;
}

double power_share(double share, double threshold, int n, double alpha) {
    assert(alpha > 0 && alpha < 1);
    if (n < 1 || !(share >= 0 && share <= 1) || !(threshold >= 0 && threshold <= 1)) return NAN;
    if (!share_shown(n, n, threshold, alpha)) return 0;
    int shown = n, missed = -1;    // the hits that show it are the largest ones
    while (shown - missed > 1) {
        int middle = missed + (shown - missed) / 2;
        if (share_shown(middle, n, threshold, alpha)) {
            shown = middle;
        } else {
            missed = middle;
        }
    }
    return shown == 0 ? 1 : gsl_cdf_binomial_Q((unsigned)shown - 1, share, (unsigned)n);
}

// ---- ranks and correlations ----

double power_permutation_p(PowerDesign design, int n, Alternative alternative) {
    if (n < 1) return NAN;
    double count = 1;    // as a product, exact as long as a double holds it
    for (int k = 1; k <= n && isfinite(count); k++)
        count = design == POWER_TWO_SAMPLE ? count * 2 * (2.0 * k - 1) / k : 2 * count;
    return alternative == ALTERNATIVE_TWO_SIDED ? fmin(1, 2 / count) : 1 / count;
}

int power_permutation_size(PowerDesign design, double alpha, Alternative alternative) {
    assert(alpha > 0 && alpha < 1);
    int n = 1;
    while (!(power_permutation_p(design, n, alternative) < alpha)) n++;
    return n;
}

int power_correlation_size(double rho, double threshold, double power, double alpha) {
    assert(alpha > 0 && alpha < 1 && power > 0 && power < 1);
    if (!(threshold > -1 && threshold < rho && rho < 1)) return 0;
    double distance = (gsl_cdf_ugaussian_Qinv(alpha) + gsl_cdf_ugaussian_Pinv(power)) / (atanh(rho) - atanh(threshold));
    double n = ceil(3 + (1 + rho * rho / 2) * fmax(0, distance) * fmax(0, distance));
    return n > POWER_MOST_RUNS ? 0 : (int)fmax(4, n);
}

// ---- tolerance intervals ----

// Largest l such that the l-th value from either end will do, 0 if not even the ends do.
static int tolerance_rank(int n, double share, double confidence) {
    assert(share > 0 && share < 1 && confidence > 0 && confidence < 1);
    int l = 0;
    while (2 * (l + 1) <= n && gsl_cdf_binomial_P((unsigned)(n - 2 * (l + 1)), share, (unsigned)n) >= confidence) l++;
    return l;
}

Interval tolerance_interval(const double *x, int n, double share, double confidence) {
    int l = tolerance_rank(n, share, confidence);
    for (int i = 0; i < n; i++) {
        if (isnan(x[i])) l = 0;
    }
    if (l == 0) return (Interval){NAN, NAN};
    double *sorted = memory_alloc(sizeof(double) * (size_t)n);
    memcpy(sorted, x, sizeof(double) * (size_t)n);
    gsl_sort(sorted, 1, (size_t)n);
    Interval interval = {sorted[l - 1], sorted[n - l]};
    free(sorted);
    return interval;
}

int tolerance_size(double share, double confidence) {
    for (int n = 2; n <= POWER_MOST_RUNS; n++) {
        if (tolerance_rank(n, share, confidence) > 0) return n;
    }
    return 0;
}
