#include "analysis/sequential.h"

#include <assert.h>
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

// ---- crossing probabilities ----

enum { PANEL_POINTS = 8 };

// Density of S = Z sqrt(t) over the paths that have not crossed: at Gauss-Legendre nodes in panels, weights included.
typedef struct Density {
    double *node, *mass;
    int count;
} Density;

static const double FARTHEST = 9;       // standard deviations below zero that are kept: what lies beyond has probability 1e-19
static const double KERNEL_END = 12;    // standard deviations of an increment that are kept
static const double TOP = 38;           // boundaries above it are never crossed in double precision

// Nodes from -FARTHEST sqrt(t) to the boundary, in panels of at most `width`; a width of one standard deviation of the
// narrower neighbouring increment leaves an error of about 1e-14. Mass holds the weights.
static Density density_create(double t, double boundary, double width, const gsl_integration_glfixed_table *rule) {
    double low = -FARTHEST * sqrt(t), high = fmin(boundary, TOP) * sqrt(t);
    int panels = high > low ? (int)ceil((high - low) / width) : 0;
    Density d = {.count = panels * PANEL_POINTS};
    d.node = memory_alloc(sizeof(double) * (2 * (size_t)d.count + 1));
    d.mass = d.node + d.count;
    for (int i = 0; i < d.count; i++) {
        int panel = i / PANEL_POINTS;
        double from = low + (high - low) * panel / panels, to = low + (high - low) * (panel + 1) / panels;
        gsl_integration_glfixed_point(from, to, (size_t)(i % PANEL_POINTS), &d.node[i], &d.mass[i], rule);
    }
    return d;
}

static double normal_density(double x, double sd) {
    return exp(-0.5 * (x / sd) * (x / sd)) / (sd * sqrt(2 * M_PI));
}

// One step of the recursion: density at the nodes of `next` = integral of `last` times the density of the increment.
static void density_advance(const Density *last, double sd, Density *next) {
    int first = 0;
    for (int i = 0; i < next->count; i++) {
        double sum = 0, from = next->node[i] - KERNEL_END * sd, to = next->node[i] + KERNEL_END * sd;
        while (first < last->count && last->node[first] < from) first++;
        for (int j = first; j < last->count && last->node[j] <= to; j++) {
            sum += last->mass[j] * normal_density(next->node[i] - last->node[j], sd);
        }
        next->mass[i] *= sum;
    }
}

static double density_exit(const Density *last, double sd, double boundary) {
    double sum = 0;
    for (int j = 0; j < last->count; j++) sum += last->mass[j] * gsl_cdf_ugaussian_Q((boundary - last->node[j]) / sd);
    return sum;
}

static void check_fractions(const double *t, int looks) {
    assert(looks >= 1 && t[0] > 0 && fabs(t[looks - 1] - 1) < 1e-9);
    for (int k = 1; k < looks; k++) assert(t[k] > t[k - 1]);
}

double sequential_crossing(const double *fractions, const double *boundary, int looks) {
    check_fractions(fractions, looks);
    for (int k = 0; k < looks; k++) {
        if (isnan(boundary[k])) return NAN;
    }
    const double *t = fractions;
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(PANEL_POINTS);
    double crossed = gsl_cdf_ugaussian_Q(boundary[0]);
    Density last = {0};
    for (int k = 1; k < looks; k++) {
        double sd = sqrt(t[k] - t[k - 1]), before = sqrt(k == 1 ? t[0] : t[k - 1] - t[k - 2]);
        Density next = density_create(t[k - 1], boundary[k - 1], fmin(sd, before), rule);
        if (k == 1) {
            for (int i = 0; i < next.count; i++) next.mass[i] *= normal_density(next.node[i], before);
        } else {
            density_advance(&last, before, &next);
        }
        crossed += density_exit(&next, sd, boundary[k] * sqrt(t[k]));
        free(last.node);
        last = next;
    }
    free(last.node);
    gsl_integration_glfixed_table_free(rule);
    return fmin(1, crossed);
}

// ---- boundaries of a shape ----

double sequential_z(double p) {
    if (isnan(p)) return NAN;
    assert(p >= 0 && p <= 1);
    if (p == 0 || p == 1) return p == 0 ? INFINITY : -INFINITY;
    return gsl_cdf_ugaussian_Qinv(p);
}

double sequential_boundary(SequentialShape shape, double constant, double fraction) {
    return shape == SEQUENTIAL_POCOCK ? constant : constant / sqrt(fraction);
}

static double shape_crossing(SequentialShape shape, double constant, const double *fractions, int looks) {
    double *boundary = memory_alloc(sizeof(double) * (size_t)looks);
    for (int k = 0; k < looks; k++) boundary[k] = sequential_boundary(shape, constant, fractions[k]);
    double crossed = sequential_crossing(fractions, boundary, looks);
    free(boundary);
    return crossed;
}

typedef struct Wanted {
    SequentialShape shape;
    const double *fractions;
    int looks;
    double alpha;
} Wanted;

static double excess(double constant, void *context) {
    const Wanted *w = context;
    return log(shape_crossing(w->shape, constant, w->fractions, w->looks) / w->alpha);
}

// c lies between the normal quantiles of alpha (the last look alone) and of alpha / looks (Bonferroni).
double sequential_constant(SequentialShape shape, const double *fractions, int looks, double alpha) {
    assert(alpha > 0 && alpha < 0.5);
    check_fractions(fractions, looks);
    double low = gsl_cdf_ugaussian_Qinv(alpha), high = gsl_cdf_ugaussian_Qinv(alpha / looks);
    if (looks == 1) return low;
    Wanted wanted = {.shape = shape, .fractions = fractions, .looks = looks, .alpha = alpha};
    gsl_function equation = {.function = excess, .params = &wanted};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    // A little outside, so that rounding cannot put both ends on one side.
    gsl_root_fsolver_set(solver, &equation, low - 0.01, high + 0.01);
    double constant = high;
    for (int step = 0; step < 100; step++) {
        gsl_root_fsolver_iterate(solver);
        constant = gsl_root_fsolver_root(solver);
        double from = gsl_root_fsolver_x_lower(solver), to = gsl_root_fsolver_x_upper(solver);
        if (gsl_root_test_interval(from, to, 1e-12, 0) == GSL_SUCCESS) break;
    }
    gsl_root_fsolver_free(solver);
    return constant;
}

double sequential_p(SequentialShape shape, const double *fractions, int looks, int look, double z) {
    assert(look >= 0 && look < looks);
    if (isnan(z)) return NAN;
    if (isinf(z)) return z > 0 ? 0 : 1;
    double constant = shape == SEQUENTIAL_POCOCK ? z : z * sqrt(fractions[look]);
    return shape_crossing(shape, constant, fractions, looks);
}

// ---- e-processes ----

enum { MIXED_BETS = 100 };

double eprocess_pair(double a, double b) {
    return (a - b + 1) / 2;
}

// Average wealth of equal parts that bet[count] is placed with: positive against a mean of at most `null`, negative against
// one of at least that. In logarithms: a part may pass the largest double and come back.
static void average_wealth(const double *x, int n, double null, const double *bet, int count, double *wealth) {
    double *log_wealth = memory_zeroed((size_t)count, sizeof(double));
    bool usable = true;
    for (int t = 0; t < n; t++) {
        usable = usable && x[t] >= 0 && x[t] <= 1;
        double largest = -INFINITY, sum = 0;
        for (int j = 0; j < count && usable; j++) {
            log_wealth[j] += log1p(fmax(-1, bet[j] * (x[t] - null)));
            largest = fmax(largest, log_wealth[j]);
        }
        for (int j = 0; j < count && isfinite(largest); j++) sum += exp(log_wealth[j] - largest);
        wealth[t] = !usable ? NAN : sum > 0 ? exp(largest + log(sum / count)) : 0;
    }
    free(log_wealth);
}

void eprocess_fixed(const double *x, int n, double null, double bet, Alternative alternative, double *wealth) {
    assert(null > 0 && null < 1 && bet >= 0);
    assert(alternative == ALTERNATIVE_LESS || bet * null <= 1 + 1e-12);
    assert(alternative == ALTERNATIVE_GREATER || bet * (1 - null) <= 1 + 1e-12);
    const double bets[] = {bet, -bet};
    const double *first = alternative == ALTERNATIVE_LESS ? bets + 1 : bets;
    average_wealth(x, n, null, first, alternative == ALTERNATIVE_TWO_SIDED ? 2 : 1, wealth);
}

void eprocess_mixture(const double *x, int n, double null, Alternative alternative, double *wealth) {
    assert(null > 0 && null < 1);
    double bets[2 * MIXED_BETS];
    int count = 0;
    for (int j = 0; j < MIXED_BETS; j++) {
        double share = (j + 0.5) / MIXED_BETS;
        if (alternative != ALTERNATIVE_LESS) bets[count++] = share / null;
        if (alternative != ALTERNATIVE_GREATER) bets[count++] = -share / (1 - null);
    }
    average_wealth(x, n, null, bets, count, wealth);
}

void eprocess_p(const double *wealth, int n, double *p) {
    double largest = 1;
    for (int t = 0; t < n; t++) {
        if (!(wealth[t] <= largest)) largest = isnan(largest) ? NAN : wealth[t];    // NaN stays
        p[t] = 1 / largest;
    }
}

// ---- confidence sequence and detector ----

void confidence_sequence(const double *x, int n, double alpha, Interval *bounds) {
    assert(alpha > 0 && alpha < 1);
    double need = log(2 / alpha);
    double sum = 0.5, squares = 0.25, mean = 0.5, variance = 0.25;    // as if 1/2 had been seen once, with variance 1/4
    double bets = 0, weighted = 0, spread = 0;
    bool usable = true;
    for (int t = 1; t <= n; t++) {
        double value = x[t - 1];
        usable = usable && value >= 0 && value <= 1;
        double bet = fmin(0.5, sqrt(2 * need / (variance * t * log1p(t))));
        bets += bet;
        weighted += bet * value;
        spread += (value - mean) * (value - mean) * (-log1p(-bet) - bet);
        double centre = weighted / bets, half = (need + spread) / bets;
        bounds[t - 1] = usable ? (Interval){centre - half, centre + half} : (Interval){NAN, NAN};
        sum += value;
        mean = sum / (t + 1);
        squares += (value - mean) * (value - mean);
        variance = squares / (t + 1);
    }
}

void edetector(const double *e, int n, double *evidence) {
    double last = 0;
    for (int t = 0; t < n; t++) {
        last = (1 + last) * e[t];
        if (last > DBL_MAX) last = DBL_MAX;    // past any alarm; an infinity would turn into NaN at e = 0
        evidence[t] = last;
    }
}
