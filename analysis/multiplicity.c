#include "analysis/multiplicity.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

static double known_p(double p) {
    return isnan(p) ? 1 : p;
}

void bonferroni_adjust(const double *p, int count, double *adjusted) {
    for (int i = 0; i < count; i++) adjusted[i] = fmin(1, count * known_p(p[i]));
}

void sidak_adjust(const double *p, int count, double *adjusted) {
    for (int i = 0; i < count; i++) adjusted[i] = -expm1(count * log1p(-known_p(p[i])));
}

// What the i-th smallest p of m is multiplied with, i from 0.
typedef double Factor(int i, int m);

static double factor_remaining(int i, int m) {
    return m - i;
}

static double factor_rank(int i, int m) {
    return (double)m / (i + 1);
}

static double factor_rank_harmonic(int i, int m) {
    double harmonic = 0;
    for (int k = 1; k <= m; k++) harmonic += 1.0 / k;
    return harmonic * m / (i + 1);
}

// The p in ascending order; order[i] is where the i-th smallest came from. Both to be freed.
static double *sorted_p(const double *p, int count, size_t **order) {
    double *sorted = memory_alloc(sizeof(double) * (size_t)count);
    for (int i = 0; i < count; i++) sorted[i] = known_p(p[i]);
    *order = memory_alloc(sizeof(size_t) * (size_t)count);
    gsl_sort_index(*order, sorted, 1, (size_t)count);
    gsl_sort(sorted, 1, (size_t)count);
    return sorted;
}

static void step_down(const double *p, int count, Factor *factor, double *adjusted) {
    if (count == 0) return;
    size_t *order;
    double *sorted = sorted_p(p, count, &order), running = 0;
    for (int i = 0; i < count; i++) {
        running = fmax(running, fmin(1, factor(i, count) * sorted[i]));
        adjusted[order[i]] = running;
    }
    free(order);
    free(sorted);
}

static void step_up(const double *p, int count, Factor *factor, double *adjusted) {
    if (count == 0) return;
    size_t *order;
    double *sorted = sorted_p(p, count, &order), running = 1;
    for (int i = count - 1; i >= 0; i--) {
        running = fmin(running, factor(i, count) * sorted[i]);
        adjusted[order[i]] = running;
    }
    free(order);
    free(sorted);
}

void holm_adjust(const double *p, int count, double *adjusted) {
    step_down(p, count, factor_remaining, adjusted);
}

void hochberg_adjust(const double *p, int count, double *adjusted) {
    step_up(p, count, factor_remaining, adjusted);
}

void benjamini_hochberg_adjust(const double *p, int count, double *adjusted) {
    step_up(p, count, factor_rank, adjusted);
}

void benjamini_yekutieli_adjust(const double *p, int count, double *adjusted) {
    step_up(p, count, factor_rank_harmonic, adjusted);
}

void ebh_adjust(const double *e, int count, double *adjusted) {
    if (count == 0) return;
    double *known = memory_alloc(sizeof(double) * (size_t)count), running = 1;
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)count);
    for (int i = 0; i < count; i++) {
        assert(!(e[i] < 0));
        known[i] = isnan(e[i]) ? 0 : e[i];
    }
    gsl_sort_index(order, known, 1, (size_t)count);
    for (int i = 0; i < count; i++) {    // from the smallest, which has rank `count`
        running = fmin(running, count / ((count - i) * known[order[i]]));
        adjusted[order[i]] = running;
    }
    free(order);
    free(known);
}
