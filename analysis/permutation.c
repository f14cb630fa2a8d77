#include "analysis/permutation.h"

#include <assert.h>
#include <gsl/gsl_combination.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/correlation.h"
#include "analysis/two_sample.h"
#include "core/arena.h"
#include "core/rng.h"

enum { MOST_ENUMERATED = 200000 };

// ---- two arms ------------------------------------------------------------------------------------------------------------

double permutation_mean_difference(TaskSample x, TaskSample y) {
    return estimate_stratified(x.value, x.task, x.n).value - estimate_stratified(y.value, y.task, y.n).value;
}

double permutation_welch_t(TaskSample x, TaskSample y) {
    Estimate a = estimate_stratified(x.value, x.task, x.n), b = estimate_stratified(y.value, y.task, y.n);
    return estimate_test(estimate_difference(a, b), 0, ALTERNATIVE_TWO_SIDED).statistic;
}

double permutation_brunner_munzel(TaskSample x, TaskSample y) {
    if (x.n < 2 || y.n < 2) return NAN;
    Estimate e = superiority_estimate(x.value, x.n, y.value, y.n);
    if (isnan(e.se)) e.se = 0;    // no overlap: infinite; all tied: 0
    return estimate_test(e, 0.5, ALTERNATIVE_TWO_SIDED).statistic;
}

double permutation_slack(double observed, int n, double largest) {
    double rounding = 1e-15 * n * largest;
    return isfinite(observed) ? fmax(fmax(1e-14, 1e-14 * fabs(observed)), rounding) : 0;
}

// The runs of both arms on one task. The values are ascending, and so are those that go into an arm: divisions that differ only by an
// exchange of equal values give the statistic the same numbers in the same order.
typedef struct Block {
    int n_x, n_y;
    double *value;              // [n_x + n_y]
    int *place_x, *place_y;     // [n_x], [n_y]: where the arms have this task
    gsl_combination *chosen;    // n_x of the values
} Block;

typedef struct Division {
    TaskSample arm_x, arm_y;    // of x and y below
    double *x, *y;
    Block *block;
    int blocks;
} Division;

static int last_task(TaskSample sample) {
    int last = 0;
    for (int i = 0; sample.task && i < sample.n; i++) {
        assert(sample.task[i] >= 0);
        if (sample.task[i] > last) last = sample.task[i];
    }
    return last;
}

// Where the sample has the task; returns how often.
static int places_of(TaskSample sample, int task, int *place) {
    int count = 0;
    for (int i = 0; i < sample.n; i++) {
        if ((sample.task ? sample.task[i] : 0) == task) place[count++] = i;
    }
    return count;
}

// The block of a task with the division that was observed.
static Block block_create(TaskSample x, TaskSample y, int task) {
    Block b = {.place_x = memory_alloc(sizeof(int) * (size_t)(x.n + y.n)),
               .value = memory_alloc(sizeof(double) * (size_t)(x.n + y.n))};
    b.n_x = places_of(x, task, b.place_x);
    b.place_y = b.place_x + b.n_x;
    b.n_y = places_of(y, task, b.place_y);
    size_t total = (size_t)b.n_x + (size_t)b.n_y, taken = 0;
    if (total == 0) return b;
    for (int i = 0; i < b.n_x; i++) b.value[i] = x.value[b.place_x[i]];
    for (int i = 0; i < b.n_y; i++) b.value[b.n_x + i] = y.value[b.place_y[i]];
    size_t *order = memory_alloc(sizeof(size_t) * total);
    gsl_sort_index(order, b.value, 1, total);
    gsl_sort(b.value, 1, total);
    b.chosen = gsl_combination_calloc(total, (size_t)b.n_x);
    for (size_t i = 0; i < total; i++) {
        if (order[i] < (size_t)b.n_x) b.chosen->data[taken++] = i;
    }
    free(order);
    return b;
}

// Writes the values of a block into the arms.
static void block_place(const Block *b, Division *d) {
    int in_x = 0, in_y = 0;
    for (int i = 0; i < b->n_x + b->n_y; i++) {
        if (in_x < b->n_x && b->chosen->data[in_x] == (size_t)i) {
            d->x[b->place_x[in_x++]] = b->value[i];
        } else {
            d->y[b->place_y[in_y++]] = b->value[i];
        }
    }
}

static void block_first(Block *b, Division *d) {
    gsl_combination_init_first(b->chosen);
    block_place(b, d);
}

// Any n_x of the values, in ascending order (selection sampling: Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S).
static void block_random(Block *b, Rng *rng, Division *d) {
    int total = b->n_x + b->n_y, taken = 0;
    for (int i = 0; taken < b->n_x; i++) {
        if ((int)rng_below(rng, (uint32_t)(total - i)) < b->n_x - taken) b->chosen->data[taken++] = (size_t)i;
    }
    block_place(b, d);
}

static Division division_create(TaskSample x, TaskSample y) {
    int last = last_task(x) > last_task(y) ? last_task(x) : last_task(y);
    Division d = {.x = memory_alloc(sizeof(double) * (size_t)x.n),
                  .y = memory_alloc(sizeof(double) * (size_t)y.n),
                  .block = memory_alloc(sizeof(Block) * (size_t)(last + 1))};
    d.arm_x = (TaskSample){d.x, x.task, x.n};
    d.arm_y = (TaskSample){d.y, y.task, y.n};
    for (int task = 0; task <= last; task++) {
        Block b = block_create(x, y, task);
        if (b.chosen) {
            block_place(&b, &d);
            d.block[d.blocks++] = b;
        } else {    // nobody has the task
            free(b.place_x);
            free(b.value);
        }
    }
    return d;
}

static void division_free(Division *d) {
    for (int i = 0; i < d->blocks; i++) {
        gsl_combination_free(d->block[i].chosen);
        free(d->block[i].place_x);
        free(d->block[i].value);
    }
    free(d->block);
    free(d->x);
    free(d->y);
}

// How many there are, or something above the most that are enumerated.
static double division_count(const Division *d) {
    double count = 1;
    for (int i = 0; i < d->blocks; i++) {
        const Block *b = &d->block[i];
        int fewer = b->n_x < b->n_y ? b->n_x : b->n_y, total = b->n_x + b->n_y;
        for (int k = 1; k <= fewer && count <= MOST_ENUMERATED; k++) count = count * (total - fewer + k) / k;
    }
    return count;
}

// Like the digits of a number: the first block that has a next one, those before it from their start.
static bool division_next(Division *d) {
    for (int i = 0; i < d->blocks; i++) {
        Block *b = &d->block[i];
        if (gsl_combination_next(b->chosen) == GSL_SUCCESS) {
            block_place(b, d);
            return true;
        }
        block_first(b, d);
    }
    return false;
}

// Divisions that were looked at, and those at least as extreme as the observed one.
typedef struct Tally {
    double observed, slack, all, at_least, at_most;
    bool undefined;
} Tally;

static void tally_add(Tally *tally, double statistic) {
    tally->all++;
    tally->at_least += statistic >= tally->observed - tally->slack;
    tally->at_most += statistic <= tally->observed + tally->slack;
    tally->undefined = tally->undefined || isnan(statistic);
}

static double largest_size(const double *x, int n) {
    double largest = 0;
    for (int i = 0; i < n; i++) largest = fmax(largest, fabs(x[i]));
    return largest;
}

TestResult permutation_test(TaskSample x, TaskSample y, PermutationStatistic *statistic, Alternative alternative,
                            int replicates, uint64_t seed) {
    assert(replicates > 0);
    if (x.n < 1 || y.n < 1 || !values_finite(x.value, x.n) || !values_finite(y.value, y.n)) return test_undefined;
    Division d = division_create(x, y);
    double largest = fmax(largest_size(x.value, x.n), largest_size(y.value, y.n)), unseen = 0;
    Tally tally = {.observed = statistic(d.arm_x, d.arm_y)};
    tally.slack = permutation_slack(tally.observed, x.n + y.n, largest);
    tally.undefined = isnan(tally.observed);
    if (division_count(&d) <= MOST_ENUMERATED) {
        for (int i = 0; i < d.blocks; i++) block_first(&d.block[i], &d);
        do tally_add(&tally, statistic(d.arm_x, d.arm_y));
        while (!tally.undefined && division_next(&d));
    } else {
        Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
        unseen = 1;    // the observed one
        for (int r = 0; r < replicates && !tally.undefined; r++) {
            for (int i = 0; i < d.blocks; i++) block_random(&d.block[i], &rng, &d);
            tally_add(&tally, statistic(d.arm_x, d.arm_y));
        }
    }
    division_free(&d);
    if (tally.undefined) return (TestResult){tally.observed, NAN};
    double all = tally.all + unseen;
    return (TestResult){tally.observed,
                        alternative_p((tally.at_least + unseen) / all, (tally.at_most + unseen) / all, alternative)};
}

double permutation_smallest_p(int n_x, int n_y) {
    assert(n_x > 0 && n_y > 0);
    return fmin(1, 2 * exp(-gsl_sf_lnchoose((unsigned)(n_x + n_y), (unsigned)n_x)));
}

// ---- pairs ---------------------------------------------------------------------------------------------------------------

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
    return alternative_p((at_least + 1.0) / (permutations + 1.0), (at_most + 1.0) / (permutations + 1.0), alternative);
}

// ---- vectors -------------------------------------------------------------------------------------------------------------

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
