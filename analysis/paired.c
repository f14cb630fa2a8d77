#include "analysis/paired.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/correlation.h"
#include "analysis/permutation.h"
#include "core/arena.h"
#include "core/rng.h"

enum { WILCOXON_MOST_EXACT = 50, MOST_PAIRS_ENUMERATED = 17 };

// x - y, to be freed; NULL for input that no test takes.
static double *differences(const double *x, const double *y, int n) {
    if (n < 1 || !values_finite(x, n) || !values_finite(y, n)) return NULL;
    double *difference = memory_alloc(sizeof(double) * (size_t)n);
    for (int i = 0; i < n; i++) difference[i] = x[i] - y[i];
    return difference;
}

Estimate paired_estimate(const double *x, const double *y, int n) {
    double *difference = differences(x, y, n);
    if (!difference) return estimate_undefined;
    Estimate e = estimate_mean(difference, n);
    free(difference);
    return e;
}

// ---- signed ranks --------------------------------------------------------------------------------------------------------

typedef struct SignedRanks {
    int n;                    // differences that are not zero
    double *rank;             // [n] of their sizes, to be freed; NULL for input that no test takes
    double ties, positive;    // sum of t^3 - t; W+
} SignedRanks;

static SignedRanks signed_ranks(const double *x, const double *y, int n) {
    double *difference = differences(x, y, n);
    if (!difference) return (SignedRanks){.rank = NULL};
    SignedRanks s = {.rank = memory_alloc(sizeof(double) * 2 * (size_t)n)};
    double *size = s.rank + n;
    for (int i = 0; i < n; i++) {
        if (difference[i] == 0) continue;
        difference[s.n] = difference[i];
        size[s.n++] = fabs(difference[i]);
    }
    s.ties = ranks(size, s.n, s.rank);
    for (int i = 0; i < s.n; i++) {
        if (difference[i] > 0) s.positive += s.rank[i];
    }
    free(difference);
    return s;
}

// p[s] = P(the ranks with a positive sign sum to s) when signs are fair; mid-ranks are counted in halves.
static double exact_p(const SignedRanks *s, Alternative alternative) {
    int unit = s->ties > 0 ? 2 : 1, most = unit * s->n * (s->n + 1) / 2, observed = (int)lround(unit * s->positive);
    double *p = memory_zeroed((size_t)most + 1, sizeof *p), at_least = 0, at_most = 0;
    p[0] = 1;
    for (int i = 0; i < s->n; i++) {
        int step = (int)lround(unit * s->rank[i]);
        for (int sum = most; sum >= 0; sum--) p[sum] = (p[sum] + (sum >= step ? p[sum - step] : 0)) / 2;
    }
    for (int sum = most; sum >= observed; sum--) at_least += p[sum];
    for (int sum = 0; sum <= observed; sum++) at_most += p[sum];
    free(p);
    return alternative_p(fmin(1, at_least), fmin(1, at_most), alternative);    // rounding
}

static double normal_p(const SignedRanks *s, Alternative alternative) {
    double n = s->n, mean = n * (n + 1) / 4, variance = n * (n + 1) * (2 * n + 1) / 24 - s->ties / 48;
    return estimate_p((Estimate){.value = s->positive, .se = sqrt(variance), .df = INFINITY}, mean, alternative);
}

static TestResult wilcoxon_by(double (*method)(const SignedRanks *, Alternative), const double *x, const double *y, int n,
                              Alternative alternative) {
    SignedRanks s = signed_ranks(x, y, n);
    if (!s.rank) return test_undefined;
    if (!method) method = s.ties == 0 && s.n <= WILCOXON_MOST_EXACT ? exact_p : normal_p;
    TestResult result = {s.positive, s.n > 0 ? method(&s, alternative) : 1};
    free(s.rank);
    return result;
}

TestResult wilcoxon_exact(const double *x, const double *y, int n, Alternative alternative) {
    return wilcoxon_by(exact_p, x, y, n, alternative);
}

TestResult wilcoxon_normal(const double *x, const double *y, int n, Alternative alternative) {
    return wilcoxon_by(normal_p, x, y, n, alternative);
}

TestResult wilcoxon(const double *x, const double *y, int n, Alternative alternative) {
    return wilcoxon_by(NULL, x, y, n, alternative);
}

// ---- signs ---------------------------------------------------------------------------------------------------------------

// What the signs of the differences leave of their sum; bit i of the mask turns difference[i] round.
static double flipped_mean(const double *difference, int n, const uint32_t *mask) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += mask[i / 32] >> (i % 32) & 1 ? -difference[i] : difference[i];
    return sum / n;
}

TestResult sign_flip_test(const double *x, const double *y, int n, Alternative alternative, int replicates, uint64_t seed) {
    assert(replicates > 0);
    double *difference = differences(x, y, n);
    if (!difference) return test_undefined;
    size_t words = (size_t)(n + 31) / 32;
    uint32_t *mask = memory_zeroed(words, sizeof *mask);
    double observed = flipped_mean(difference, n, mask), largest = 0;
    for (int i = 0; i < n; i++) largest = fmax(largest, fmax(fabs(x[i]), fabs(y[i])));    // what the differences lost
    double slack = permutation_slack(observed, n, largest);
    bool enumerated = n <= MOST_PAIRS_ENUMERATED;
    uint32_t all = enumerated ? 1U << n : (uint32_t)replicates;
    Rng rng = rng_stream(seed, RNG_BOOTSTRAP, 0);
    double at_least = 0, at_most = 0, unseen = enumerated ? 0 : 1;    // random flips may miss the observed signs
    for (uint32_t r = 0; r < all; r++) {
        if (enumerated) {
            mask[0] = r;
        } else {
            rng_words(&rng, mask, words);
        }
        double mean = flipped_mean(difference, n, mask);
        at_least += mean >= observed - slack;
        at_most += mean <= observed + slack;
    }
    free(mask);
    free(difference);
    return (TestResult){observed,
                        alternative_p((at_least + unseen) / (all + unseen), (at_most + unseen) / (all + unseen), alternative)};
}
