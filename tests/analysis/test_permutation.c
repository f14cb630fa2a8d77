// Permutation tests against the golden numbers and against exact distributions that are small enough to enumerate.
#include "analysis/correlation.h"
#include "analysis/permutation.h"
#include "analysis/two_sample.h"
#include "core/rng.h"
#include "tests/analysis/samples.h"

enum { MANY = 20000 };

// Monte-Carlo error of a share from MANY draws, five standard deviations: a false alarm in 2 million.
static void assert_share(double found, double expected) {
    double tolerance = 5 * sqrt(expected * (1 - expected) / MANY) + 2.0 / MANY;
    if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.6g, expected %.6g", found, expected);
}

// ---- two arms --------------------------------------------------------------------------------------------------------------

static TestResult permute(PermutationStatistic *statistic, const double *x, int n_x, const double *y, int n_y,
                          Alternative alternative) {
    return permutation_test((TaskSample){x, NULL, n_x}, (TaskSample){y, NULL, n_y}, statistic, alternative, MANY, 1);
}

static bool permutation_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    if (strcmp(quantity, "permutation_meandiff_exact_p") != 0) return false;
    *found = permute(permutation_mean_difference, s->x, s->n_x, s->y, s->n_y, alternative).p;
    return true;
}

static void permutations_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("two_sample", permutation_quantity, &deviation);
    samples_report(&deviation, checked, 12);
}

// The mean of ranks is Mann-Whitney's U: exactly with 8 against 6 and with ties, near it with 12 against 12, which are drawn.
static void means_of_ranks_are_mann_whitney(void **state) {
    (void)state;
    const double x[] = {1, 5, 7, 7, 9, 12, 14, 15}, y[] = {2, 3, 3, 7, 8, 10};
    double pooled[14], rank[14];
    for (int i = 0; i < 14; i++) pooled[i] = i < 8 ? x[i] : y[i - 8];
    ranks(pooled, 14, rank);
    const Alternative alternatives[] = {ALTERNATIVE_TWO_SIDED, ALTERNATIVE_GREATER, ALTERNATIVE_LESS};
    for (int a = 0; a < 3; a++) {
        double p = permute(permutation_mean_difference, rank, 8, rank + 8, 6, alternatives[a]).p;
        assert_close("exact", p, mann_whitney_exact(x, 8, y, 6, alternatives[a]).p);
    }
    double high[12], low[12];
    for (int i = 0; i < 12; i++) {
        high[i] = 2 * i + (i < 8);    // all of 0..23 are in one of the arms
        low[i] = 2 * i + (i >= 8);
    }
    double exact = mann_whitney_exact(high, 12, low, 12, ALTERNATIVE_LESS).p;
    assert_share(permute(permutation_mean_difference, high, 12, low, 12, ALTERNATIVE_LESS).p, exact);
    TaskSample a = {high, NULL, 12}, b = {low, NULL, 12};
    double again = permutation_test(a, b, permutation_mean_difference, ALTERNATIVE_LESS, MANY, 1).p;
    assert_true(again == permute(permutation_mean_difference, high, 12, low, 12, ALTERNATIVE_LESS).p);
    assert_true(again != permutation_test(a, b, permutation_mean_difference, ALTERNATIVE_LESS, MANY, 2).p);
    // Never 0: what was observed counts.
    for (int i = 0; i < 12; i++) high[i] += 100;
    assert_close("least", permutation_test(a, b, permutation_welch_t, ALTERNATIVE_GREATER, 99, 1).p, 0.01);
}

static double welch_t(const double *x, int n_x, const double *y, int n_y) {
    return estimate_test(welch_estimate(x, n_x, y, n_y), 0, ALTERNATIVE_TWO_SIDED).statistic;
}

static double brunner_munzel_w(const double *x, int n_x, const double *y, int n_y) {
    return brunner_munzel(x, n_x, y, n_y, ALTERNATIVE_TWO_SIDED).statistic;
}

// Share of all divisions whose statistic is at least the observed one.
static double share_at_least(double (*statistic)(const double *, int, const double *, int), const double *pooled, int n_x,
                             int total, double *observed) {
    double at_least = 0, all = 0, x[16], y[16];
    unsigned mask = (1U << n_x) - 1;
    *observed = statistic(pooled, n_x, pooled + n_x, total - n_x);
    do {
        int in_x = 0, in_y = 0;
        for (int i = 0; i < total; i++) {
            if (mask >> i & 1) {
                x[in_x++] = pooled[i];
            } else {
                y[in_y++] = pooled[i];
            }
        }
        double found = statistic(x, in_x, y, in_y);
        // Without overlap Brunner and Munzel's statistic is undefined: beyond all others on the side of the larger arm.
        at_least += isnan(found) ? x[0] > y[0] : found >= *observed - 1e-9;
        all++;
    } while (samples_next_mask(&mask, total));
    return at_least / all;
}

static void studentised_statistics_are_enumerated(void **state) {
    (void)state;
    const double pooled[] = {7.1, 9.4, 8.2, 12.3, 6.9, 6.5, 7.3, 8.0, 5.1};
    double t, w, p = share_at_least(welch_t, pooled, 4, 9, &t);
    TestResult found = permute(permutation_welch_t, pooled, 4, pooled + 4, 5, ALTERNATIVE_GREATER);
    assert_close("t", found.statistic, t);
    assert_close("p of t", found.p, p);
    p = share_at_least(brunner_munzel_w, pooled, 4, 9, &w);
    found = permute(permutation_brunner_munzel, pooled, 4, pooled + 4, 5, ALTERNATIVE_GREATER);
    assert_close("W", found.statistic, w);
    assert_close("p of W", found.p, p);
    // Where the test itself is undefined, this one reaches the least p there is.
    const double high[] = {11, 12, 13}, low[] = {1, 2, 2};
    found = permute(permutation_brunner_munzel, high, 3, low, 3, ALTERNATIVE_TWO_SIDED);
    assert_true(found.statistic == INFINITY);
    assert_close("no overlap", found.p, permutation_smallest_p(3, 3));
}

// Sixty runs with a narrow distribution against thirty with a wide one: the permutation of the mean rejects equal means far too
// often, that of t does not.
static void welch_t_keeps_its_level(void **state) {
    (void)state;
    enum { SETS = 200, NARROW = 60, WIDE = 30, DRAWS = 199 };
    PermutationStatistic *const statistics[] = {permutation_mean_difference, permutation_welch_t};
    int rejected[] = {0, 0};
    Rng rng = rng_stream(1, RNG_TEST, 3);
    for (int set = 0; set < SETS; set++) {
        double x[NARROW], y[WIDE];
        for (int i = 0; i < NARROW; i++) x[i] = rng_between(&rng, -0.5, 0.5);
        for (int i = 0; i < WIDE; i++) y[i] = rng_between(&rng, -2, 2);
        for (int i = 0; i < 2; i++) {
            TestResult test = permutation_test((TaskSample){x, NULL, NARROW}, (TaskSample){y, NULL, WIDE}, statistics[i],
                                               ALTERNATIVE_TWO_SIDED, DRAWS, (uint64_t)set);
            rejected[i] += test.p <= 0.05;
        }
    }
    // Binomial(200, 0.05): outside 1..24 with probability below 1e-4; the seed is fixed.
    assert_true(rejected[0] > 24);
    assert_in_range(rejected[1], 1, 24);
}

// Two tasks, 2 + 2 and 2 + 3 runs: 6 x 10 divisions, enumerated here task by task.
static void labels_stay_within_their_task(void **state) {
    (void)state;
    const double first[] = {3, 5, 2, 4}, second[] = {22, 28, 21, 25, 20};    // x has the first two of each
    const double x[] = {22, 3, 28, 5}, y[] = {21, 2, 25, 20, 4};
    const int task_x[] = {7, 2, 7, 2}, task_y[] = {7, 2, 7, 7, 2};    // numbers may have gaps
    double observed = (4 + 25 - 3 - 22) / 2.0, at_least = 0, at_most = 0, all = 0;
    unsigned one = 3;
    do {
        unsigned two = 3;
        do {
            double mean = 0;
            for (int i = 0; i < 4; i++) mean += one >> i & 1 ? first[i] / 2 : -first[i] / 2;
            for (int i = 0; i < 5; i++) mean += two >> i & 1 ? second[i] / 2 : -second[i] / 3;
            at_least += mean / 2 >= observed - 1e-9;
            at_most += mean / 2 <= observed + 1e-9;
            all++;
        } while (samples_next_mask(&two, 5));
    } while (samples_next_mask(&one, 4));
    assert_true(all == 60);
    TaskSample a = {x, task_x, 4}, b = {y, task_y, 5};
    TestResult found = permutation_test(a, b, permutation_mean_difference, ALTERNATIVE_GREATER, MANY, 1);
    assert_close("difference", found.statistic, observed);
    assert_close("greater", found.p, at_least / all);
    assert_close("less", permutation_test(a, b, permutation_mean_difference, ALTERNATIVE_LESS, MANY, 1).p, at_most / all);
    TestResult t = permutation_test(a, b, permutation_welch_t, ALTERNATIVE_GREATER, MANY, 1);
    Estimate e = estimate_difference(estimate_stratified(x, task_x, 4), estimate_stratified(y, task_y, 5));
    assert_close("t", t.statistic, e.value / e.se);
}

// A statistic of the caller: the difference of the arms' largest values. NaN if a value, 10 task + (0..1), is not where its task is.
static double largest_difference(TaskSample x, TaskSample y) {
    const TaskSample arms[] = {x, y};
    double largest[] = {-INFINITY, -INFINITY};
    for (int a = 0; a < 2; a++) {
        for (int i = 0; i < arms[a].n; i++) {
            if ((int)(arms[a].value[i] / 10) != arms[a].task[i]) return NAN;
            largest[a] = fmax(largest[a], arms[a].value[i]);
        }
    }
    return largest[0] - largest[1];
}

// Three tasks of 5 against 5 are 252^3 divisions. The largest value of all, in x, leads by 1/2 to the second one or by more to
// others: it is at least as far ahead in every division that leaves it in x, half of them.
static void tasks_are_drawn_when_too_many(void **state) {
    (void)state;
    enum { N = 15 };
    double x[N], y[N];
    int task[N];
    Rng rng = rng_stream(1, RNG_TEST, 4);
    for (int i = 0; i < N; i++) {
        task[i] = i % 3;
        x[i] = rng_uniform(&rng) + 10 * task[i];
        y[i] = rng_uniform(&rng) + 10 * task[i];
    }
    x[2] = 22.5;
    y[5] = 22;
    TestResult found =
        permutation_test((TaskSample){x, task, N}, (TaskSample){y, task, N}, largest_difference, ALTERNATIVE_GREATER, MANY, 1);
    assert_true(found.statistic == 0.5);
    assert_share(found.p, 0.5);
}

// Means of tenths are not exact: equal ones must count as equal, also far from zero.
static void equal_means_count_as_equal(void **state) {
    (void)state;
    const double x[] = {0.3, 0.1, 0.7, 0.9, 0.3}, y[] = {0.2, 0.4, 0.1, 0.6}, offsets[] = {10, 10000, -3e6};
    double whole[9], rank_p[2];
    for (int i = 0; i < 9; i++) whole[i] = round(10 * (i < 5 ? x[i] : y[i - 5]));    // exact in doubles
    rank_p[0] = permute(permutation_mean_difference, whole, 5, whole + 5, 4, ALTERNATIVE_GREATER).p;
    rank_p[1] = permute(permutation_mean_difference, whole, 5, whole + 5, 4, ALTERNATIVE_LESS).p;
    assert_true(rank_p[0] + rank_p[1] > 1.01);    // there are ties
    for (int o = 0; o < 3; o++) {
        double moved_x[5], moved_y[4];
        for (int i = 0; i < 5; i++) moved_x[i] = x[i] + offsets[o];
        for (int i = 0; i < 4; i++) moved_y[i] = y[i] + offsets[o];
        assert_close("greater", permute(permutation_mean_difference, moved_x, 5, moved_y, 4, ALTERNATIVE_GREATER).p, rank_p[0]);
        assert_close("less", permute(permutation_mean_difference, moved_x, 5, moved_y, 4, ALTERNATIVE_LESS).p, rank_p[1]);
    }
}

static void edges_are_kept(void **state) {
    (void)state;
    const double x[] = {1, 2, 4}, y[] = {3, 5, 6}, constant[] = {0.1, 0.1, 0.1}, broken[] = {1, NAN, 2},
                 endless[] = {1, 2, INFINITY};
    PermutationStatistic *const statistics[] = {permutation_mean_difference, permutation_welch_t, permutation_brunner_munzel};
    for (int i = 0; i < 3; i++) {
        assert_true(isnan(permute(statistics[i], x, 3, broken, 3, ALTERNATIVE_LESS).p));
        assert_true(isnan(permute(statistics[i], endless, 3, y, 3, ALTERNATIVE_LESS).statistic));
        assert_true(isnan(permute(statistics[i], x, 0, y, 3, ALTERNATIVE_LESS).p) &&
                    isnan(permute(statistics[i], x, 3, y, 0, ALTERNATIVE_LESS).p));
        TestResult same = permute(statistics[i], constant, 3, constant, 3, ALTERNATIVE_TWO_SIDED);
        assert_true(same.statistic == 0 && same.p == 1);
        // A single run: the mean has a test, what needs an error has none.
        assert_int_equal(isnan(permute(statistics[i], x, 1, y, 3, ALTERNATIVE_LESS).p), i > 0);
    }
    assert_true(permute(permutation_mean_difference, x, 1, y, 3, ALTERNATIVE_LESS).p == 0.25);
    assert_true(permute(permutation_mean_difference, x, 1, y, 1, ALTERNATIVE_TWO_SIDED).p == 1);
    // Two constant arms: t is infinite for the division that was observed, and defined for the others.
    const double other[] = {0.3, 0.3, 0.3};
    TestResult apart = permute(permutation_welch_t, other, 3, constant, 3, ALTERNATIVE_GREATER);
    assert_true(apart.statistic == INFINITY);
    assert_close("apart", apart.p, 1 / 20.0);
    // A task that only one arm has is left as it is.
    const int task_x[] = {0, 0, 1}, task_y[] = {0, 0, 0};
    TestResult lonely = permutation_test((TaskSample){x, task_x, 3}, (TaskSample){y, task_y, 3}, permutation_mean_difference,
                                         ALTERNATIVE_LESS, MANY, 1);
    assert_close("lonely", lonely.statistic, (1.5 + 4) / 2 - 14 / 3.0);
    assert_close("lonely", lonely.p, 1 / 10.0);
}

static void smallest_p_is_known(void **state) {
    (void)state;
    const int n[] = {3, 4, 5, 6, 7, 8, 10};
    const double divisions[] = {20, 70, 252, 924, 3432, 12870, 184756};
    for (int i = 0; i < 7; i++) assert_close("smallest", permutation_smallest_p(n[i], n[i]), 2 / divisions[i]);
    assert_close("unequal", permutation_smallest_p(2, 5), 2 / 21.0);
    assert_true(permutation_smallest_p(1, 1) == 1);
    const double low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8};
    double p = permute(permutation_mean_difference, high, 4, low, 4, ALTERNATIVE_TWO_SIDED).p;
    assert_close("reached", p, permutation_smallest_p(4, 4));
}

// ---- pairs and vectors -----------------------------------------------------------------------------------------------------

static void next_permutation(int *order, int n) {
    int i = n - 2, j = n - 1;
    while (i >= 0 && order[i] > order[i + 1]) i--;
    if (i < 0) return;
    while (order[j] < order[i]) j--;
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        kept = order[a];
        order[a] = order[b];
        order[b] = kept;
    }
}

static void shuffled_spearman_is_near_enumeration(void **state) {
    (void)state;
    enum { N = 6, ALL = 720 };
    const double x[N] = {1, 2, 3, 4, 5, 6}, y[N] = {2, 1, 2, 5, 3, 6};
    double observed = spearman(x, y, N);
    int order[N] = {0, 1, 2, 3, 4, 5}, at_least = 0, at_most = 0;
    for (int p = 0; p < ALL; p++) {
        double shuffled[N];
        for (int i = 0; i < N; i++) shuffled[i] = y[order[i]];
        double rho = spearman(x, shuffled, N);
        at_least += rho >= observed - 1e-12;
        at_most += rho <= observed + 1e-12;
        next_permutation(order, N);
    }
    assert_share(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_GREATER, MANY, 1), at_least / (double)ALL);
    assert_share(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_LESS, MANY, 1), at_most / (double)ALL);
    double greater = spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_GREATER, MANY, 9);
    assert_true(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_TWO_SIDED, MANY, 9) == 2 * greater);
    const double constant[N] = {1, 1, 1, 1, 1, 1};
    assert_true(isnan(spearman_permutation_p(x, constant, NULL, N, ALTERNATIVE_GREATER, 10, 1)));
}

// Two cells that differ in both quantities, but without (or against) association inside: pooled it looks strong.
static void strata_remove_differences_between_cells(void **state) {
    (void)state;
    const double x[] = {1, 11, 2, 12, 3, 13, 4, 14}, y[] = {3, 13, 1, 11, 4, 14, 2, 12};
    const int cell[] = {0, 1, 0, 1, 0, 1, 0, 1};
    assert_true(spearman_permutation_p(x, y, NULL, 8, ALTERNATIVE_GREATER, MANY, 1) < 0.05);
    // Inside each cell rho = 0: products of ranks sum to 25 of at most 30; enumerated below over 24 x 24 shuffles.
    int order[4] = {0, 1, 2, 3}, sums[24], at_least = 0;
    for (int p = 0; p < 24; p++) {
        sums[p] = 0;
        for (int i = 0; i < 4; i++) sums[p] += (i + 1) * (order[i] + 1);
        next_permutation(order, 4);
    }
    int observed = 2 * (1 * 3 + 2 * 1 + 3 * 4 + 4 * 2);
    for (int p = 0; p < 24; p++) {
        for (int q = 0; q < 24; q++) at_least += sums[p] + sums[q] >= observed;
    }
    assert_share(spearman_permutation_p(x, y, cell, 8, ALTERNATIVE_GREATER, MANY, 1), at_least / 576.0);
}

// In one dimension with x = {0, 1}, y = {5, 6}: 2 * 5 - 1/2 - 1/2 = 9, and 2 of the 6 splits reach it.
static void energy_distance_is_exact(void **state) {
    (void)state;
    const double x[] = {0, 1}, y[] = {5, 6};
    TestResult result = energy_test(x, 2, y, 2, 1, MANY, 1);
    assert_true(fabs(result.statistic - 9) < 1e-12);
    assert_share(result.p, 2.0 / 6);
    // Equal samples: distance 0, and nothing is less extreme.
    result = energy_test(x, 2, x, 2, 1, 100, 1);
    assert_true(fabs(result.statistic) < 1e-12 && result.p == 1);
}

static void fill_curves(Rng *rng, double *curve, int n, int d, double bend) {
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < d; t++) curve[i * d + t] = rng_uniform(rng) + bend * (t % 2 ? 1 : -1);
    }
}

static void energy_test_sees_shape_and_keeps_its_level(void **state) {
    (void)state;
    enum { N = 10, D = 6, SETS = 200 };
    double x[N * D], y[N * D];
    Rng rng = rng_stream(5, RNG_TEST, 1);
    fill_curves(&rng, x, N, D, 0);
    fill_curves(&rng, y, N, D, 0.25);    // same mean over time, another shape
    assert_true(energy_test(x, N, y, N, D, 999, 1).p < 0.01);
    int alarms = 0;
    for (int s = 0; s < SETS; s++) {
        fill_curves(&rng, x, N, D, 0);
        fill_curves(&rng, y, N, D, 0);
        alarms += energy_test(x, N, y, N, D, 99, (uint64_t)s).p <= 0.05;
    }
    // Binomial(200, 0.05): outside 1..24 with probability below 1e-4; the seed is fixed.
    assert_in_range(alarms, 1, 24);
    y[3] = NAN;
    assert_true(isnan(energy_test(x, N, y, N, D, 9, 1).p));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permutations_match_golden),
        cmocka_unit_test(means_of_ranks_are_mann_whitney),
        cmocka_unit_test(studentised_statistics_are_enumerated),
        cmocka_unit_test(welch_t_keeps_its_level),
        cmocka_unit_test(labels_stay_within_their_task),
        cmocka_unit_test(tasks_are_drawn_when_too_many),
        cmocka_unit_test(equal_means_count_as_equal),
        cmocka_unit_test(edges_are_kept),
        cmocka_unit_test(smallest_p_is_known),
        cmocka_unit_test(shuffled_spearman_is_near_enumeration),
        cmocka_unit_test(strata_remove_differences_between_cells),
        cmocka_unit_test(energy_distance_is_exact),
        cmocka_unit_test(energy_test_sees_shape_and_keeps_its_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
