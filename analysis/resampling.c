#include "analysis/resampling.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/rng.h"

// Indices in order of stratum, in place of n separate lists; `end[i]` is the end of the block that position i lies in.
static void stratum_blocks(const int *stratum, int n, int *order, int *end) {
    int last = 0, filled = 0;
    for (int i = 0; stratum && i < n; i++) {
        assert(stratum[i] >= 0);
        if (stratum[i] > last) last = stratum[i];
    }
    for (int s = 0; s <= last; s++) {
        int first = filled;
        for (int i = 0; i < n; i++) {
            if (!stratum || stratum[i] == s) order[filled++] = i;
        }
        for (int position = first; position < filled; position++) end[position] = filled;
    }
}

// Fisher-Yates inside each block: value[position] changes places with one of its own block that is still to come.
static void shuffle_blocks(Rng *rng, double *value, const int *end, int n) {
    for (int i = 0; i < n; i++) {
        int j = i + (int)rng_below(rng, (uint32_t)(end[i] - i));
        double kept = value[i];
        value[i] = value[j];
        value[j] = kept;
    }
}

double spearman_permutation_p(const double *x, const double *y, const int *stratum, int n, Alternative alternative,
                              int permutations, uint64_t seed) {
    assert(permutations > 0);
    if (isnan(spearman(x, y, n))) return NAN;
    double *rank = memory_alloc(sizeof(double) * 4 * (size_t)n);
    double *rank_x = rank, *rank_y = rank + n, *left = rank + 2 * n, *right = rank + 3 * n;
    int *order = memory_alloc(sizeof(int) * 2 * (size_t)n), *end = order + n;
    ranks(x, n, rank_x);
    ranks(y, n, rank_y);
    stratum_blocks(stratum, n, order, end);
    double observed = 0;    // sum of products of ranks: rho up to constants, and exact (multiples of 1/4)
    for (int i = 0; i < n; i++) {
        left[i] = rank_x[order[i]];
        right[i] = rank_y[order[i]];
        observed += left[i] * right[i];
    }
    Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
    int at_least = 0, at_most = 0;
    for (int b = 0; b < permutations; b++) {
        shuffle_blocks(&rng, right, end, n);
        double sum = 0;
        for (int i = 0; i < n; i++) sum += left[i] * right[i];
        at_least += sum >= observed;
        at_most += sum <= observed;
    }
    free(order);
    free(rank);
    double greater = (at_least + 1.0) / (permutations + 1.0), less = (at_most + 1.0) / (permutations + 1.0);
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return fmin(1, 2 * fmin(greater, less));
}

// distance[total][total], the rows member[0..n_x) against the others.
static double energy_distance(const double *distance, const int *member, int n_x, int total) {
    double within_x = 0, within_y = 0, between = 0;
    for (int i = 0; i < total; i++) {
        const double *row = distance + (size_t)member[i] * (size_t)total;
        for (int j = 0; j < i; j++) {
            if (i < n_x) {
                within_x += row[member[j]];
            } else if (j < n_x) {
                between += row[member[j]];
            } else {
                within_y += row[member[j]];
            }
        }
    }
    double n = n_x, m = total - n_x;
    return 2 * between / (n * m) - 2 * within_x / (n * n) - 2 * within_y / (m * m);
}

static void pairwise_distances(const double *const *row, int total, int d, double *distance) {
    for (int i = 0; i < total; i++) {
        for (int j = 0; j < total; j++) {
            double square = 0;
            for (int k = 0; k < d; k++) square += (row[i][k] - row[j][k]) * (row[i][k] - row[j][k]);
            distance[(size_t)i * (size_t)total + (size_t)j] = sqrt(square);
        }
    }
}

TestResult energy_test(const double *x, int n_x, const double *y, int n_y, int d, int permutations, uint64_t seed) {
    assert(n_x > 0 && n_y > 0 && d > 0 && permutations > 0);
    int total = n_x + n_y;
    const double **row = memory_alloc(sizeof *row * (size_t)total);
    int *member = memory_alloc(sizeof(int) * (size_t)total);
    double *distance = memory_alloc(sizeof(double) * (size_t)total * (size_t)total);
    for (int i = 0; i < total; i++) {
        row[i] = i < n_x ? x + (size_t)i * (size_t)d : y + (size_t)(i - n_x) * (size_t)d;
        member[i] = i;
    }
    pairwise_distances(row, total, d, distance);
    double observed = energy_distance(distance, member, n_x, total);
    double slack = 1e-12 * fabs(observed);    // the same split summed in another order is a tie
    Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
    int extreme = 0;
    for (int b = 0; b < permutations; b++) {
        rng_permutation(&rng, total, member);
        extreme += energy_distance(distance, member, n_x, total) >= observed - slack;
    }
    free(distance);
    free(member);
    free(row);
    if (isnan(observed)) return (TestResult){NAN, NAN};
    return (TestResult){observed, (extreme + 1.0) / (permutations + 1.0)};
}
