// The grid filter against closed forms, against itself on finer grids, and as the reference of the particles.
#include <float.h>

#include "core/digest.h"
#include "core/normal.h"
#include "envs/hike_grid.h"
#include "envs/hike_particles.h"
#include "envs/mountain_hike.h"
#include "tests/support.h"

static void expect_near(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: %.12g, expected %.12g", what, found, expected);
}

// ---- the noise of one axis ------------------------------------------------------------------------------------------

static double below(double z) {
    return 0.5 * erfc(-z / sqrt(2));
}

// Mean and second moment of clamp(m + s Z, -1, 1).
static void clamped_moments(double m, double s, double *first, double *second) {
    double a = (-1 - m) / s, b = (1 - m) / s, middle = below(b) - below(a);
    double pa = exp(-a * a / 2) / sqrt(2 * acos(-1)), pb = exp(-b * b / 2) / sqrt(2 * acos(-1));
    *first = m * middle + s * (pa - pb) - below(a) + below(-b);
    *second = (m * m + s * s) * middle + 2 * m * s * (pa - pb) + s * s * (a * pa - b * pb) + below(a) + below(-b);
}

// Rows are distributions; atoms to rounding, moments to rounding away from the borders, and near them to the square of the spacing.
static void axis_rows_are_clamped_normal(void **state) {
    (void)state;
    static const double displacements[] = {-0.1, 0, 0.1};
    static const int sizes[] = {41, 81, 161};
    double deviation[3] = {0};
    for (int s = 0; s < 3; s++) {
        const int n = sizes[s];
        double *kernel = memory_zeroed((size_t)n * (size_t)n, sizeof *kernel);
        for (int d = 0; d < 3; d++) {
            hike_grid_axis(n, displacements[d], kernel);
            for (int i = 0; i < n; i++) {
                const double *row = kernel + i * n, mean = hike_grid_place(n, i) + displacements[d];
                double sum = 0, first = 0, second = 0, expected_first, expected_second;
                for (int j = 0; j < n; j++) {
                    double place = hike_grid_place(n, j);
                    assert_true(row[j] >= 0);
                    sum += row[j], first += row[j] * place, second += row[j] * place * place;
                }
                expect_near(sum, 1, 1e-13, "sum of a row");
                clamped_moments(mean, 0.05, &expected_first, &expected_second);
                bool inside = fabs(mean) < 0.55;
                deviation[s] = fmax(deviation[s], fabs(first - expected_first));
                deviation[s] = fmax(deviation[s], fabs(second - expected_second));
                if (inside) expect_near(first, expected_first, 2e-8, "mean");
                if (inside) expect_near(second, expected_second, 2e-8, "second moment");
                double density = exp(-pow((1 - mean) / 0.05, 2) / 2) / sqrt(2 * acos(-1)) / 0.05 / (n - 1);
                double atom = below((mean - 1) / 0.05), end = row[n - 1] - density;
                if (fabs(mean) < 0.65) expect_near(row[n - 1], atom + density, 1e-8 * (atom + density) + 1e-290, "end");
                else if (mean > 0) expect_near(end, atom, 0.5 * density, "end");
            }
        }
        free(kernel);
    }
    print_message("worst deviation: %.2g, %.2g, %.2g on 41, 81, 161 points\n", deviation[0], deviation[1], deviation[2]);
    assert_true(deviation[0] < 5e-3);
    for (int s = 1; s < 3; s++) assert_true(deviation[s] < 0.3 * deviation[s - 1]);
}

// ---- the filter -----------------------------------------------------------------------------------------------------

// What is compared: means, covariances, probabilities of the labels.
enum { MEAN_X, MEAN_Y, VARIANCE_X, COVARIANCE, VARIANCE_Y, LABEL_0, NUMBERS = LABEL_0 + HIKE_LABELS, STEPS = 30 };
typedef double Numbers[NUMBERS];

// From sums over x, y, xx, xy, yy and labels of a distribution.
static void finish(Numbers sums) {
    sums[VARIANCE_X] -= sums[MEAN_X] * sums[MEAN_X];
    sums[COVARIANCE] -= sums[MEAN_X] * sums[MEAN_Y];
    sums[VARIANCE_Y] -= sums[MEAN_Y] * sums[MEAN_Y];
}

static void add_to(Numbers sums, double weight, double x, double y, int label) {
    sums[MEAN_X] += weight * x, sums[MEAN_Y] += weight * y;
    sums[VARIANCE_X] += weight * x * x, sums[COVARIANCE] += weight * x * y, sums[VARIANCE_Y] += weight * y * y;
    sums[LABEL_0 + label] += weight;
}

typedef struct Walk {
    int labels;
    int action[STEPS];
    float observation[STEPS];
} Walk;

// Along the ridge, against the border and about, and what was seen there.
static Walk make_walk(int labels, uint64_t seed) {
    Walk walk = {.labels = labels};
    Rng rng = rng_stream(seed, RNG_TEST, 1);
    HikeState at;
    hike_begin(&at, labels > 1 ? HIKE_ROTATIONS : HIKE_FIXED, labels > 1 ? 3 : 0);
    for (int t = 0; t < STEPS; t++) {
        walk.action[t] = t < 8 ? HIKE_RIGHT : t < 14 ? HIKE_DOWN : (int)rng_below(&rng, HIKE_ACTIONS);
        double noise_x = rng_normal(&rng), noise_y = rng_normal(&rng);
        double altitude = hike_move(&at, walk.action[t], noise_x, noise_y);
        walk.observation[t] = (float)(altitude + 0.1 * rng_normal(&rng));
    }
    return walk;
}

static void walk_grid(const Walk *walk, int points, Numbers out[STEPS]) {
    HikeGrid grid = hike_grid_make(points, walk->labels);
    double *belief = memory_zeroed(1, hike_grid_bytes(&grid));
    hike_grid_reset(&grid, belief);
    memset(out, 0, STEPS * sizeof *out);
    for (int t = 0; t < STEPS; t++) {
        double total = 0;
        assert_true(hike_grid_update(&grid, belief, walk->action[t], walk->observation[t]));
        for (int i = 0; i < hike_grid_size(&grid); i++) {
            assert_true(belief[i] >= 0);
            total += belief[i];
            add_to(out[t], belief[i], hike_grid_place(points, i / points % points), hike_grid_place(points, i % points),
                   i / (points * points));
        }
        expect_near(total, 1, 1e-12, "sum of the belief");
        finish(out[t]);
    }
    free(belief);
    hike_grid_release(&grid);
}

static void walk_particles(const Walk *walk, const HikeParticles *filter, uint64_t index, Numbers out[STEPS]) {
    void *belief = memory_zeroed(1, hike_particles_bytes(filter));
    Rng rng = rng_stream(11, RNG_TEST, index);
    hike_particles_reset(filter, belief, &rng);
    HikeSet set = hike_particles_set(filter, belief);
    memset(out, 0, STEPS * sizeof *out);
    for (int t = 0; t < STEPS; t++) {
        assert_true(hike_particles_update(filter, belief, walk->action[t], walk->observation[t], &rng));
        for (int i = 0; i < filter->count; i++)
            add_to(out[t], 1.0 / filter->count, (double)set.x[i], (double)set.y[i], set.label[i]);
        finish(out[t]);
    }
    free(belief);
}

static double largest_difference(Numbers a[STEPS], Numbers b[STEPS]) {
    double largest = 0;
    for (int t = 0; t < STEPS; t++) {
        for (int k = 0; k < NUMBERS; k++) largest = fmax(largest, fabs(a[t][k] - b[t][k]));
    }
    return largest;
}

static void finer_grids_agree(void **state) {
    (void)state;
    for (int labels = 1; labels <= HIKE_LABELS; labels += 3) {
        Numbers on[4][STEPS];
        Walk walk = make_walk(labels, 12);
        static const int sizes[] = {41, 81, 161, 321};
        int count = getenv("ENGRAM_TEST_FULL") ? 4 : 3;
        for (int s = 0; s < count; s++) walk_grid(&walk, sizes[s], on[s]);
        for (int s = 1; s < count; s++)
            print_message("%d labels, %d and %d points: %.2g\n", labels, sizes[s - 1], sizes[s],
                          largest_difference(on[s - 1], on[s]));
        assert_true(largest_difference(on[1], on[2]) < 5e-3);
        assert_true(largest_difference(on[1], on[2]) < 0.3 * largest_difference(on[0], on[1]));
        if (count == 4) assert_true(largest_difference(on[2], on[3]) < 0.3 * largest_difference(on[1], on[2]));
    }
}

// Means over independent filters against the grid, in standard errors, estimated from their spread. A filter of N particles is biased by
// O(1/N), ever less beside its standard error O(1/sqrt N); the finer grid is taken to err by a third of its difference from the coarser one,
// as its error falls with the square of the spacing.
static void particles_agree_with_the_grid(void **state) {
    (void)state;
    enum { FILTERS = 24 };
    const bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    const int N = full ? 100000 : 4000;
    for (int labels = 1; labels <= HIKE_LABELS; labels += 3) {
        for (int systematic = 0; systematic < 2; systematic++) {
            static Numbers found[STEPS], coarse[STEPS], fine[STEPS], sum[STEPS], squares[STEPS];
            HikeParticles filter = {.count = N, .labels = labels, .systematic = systematic};
            Walk walk = make_walk(labels, 12);
            walk_grid(&walk, full ? 161 : 81, coarse);
            walk_grid(&walk, full ? 321 : 161, fine);
            memset(sum, 0, sizeof sum);
            memset(squares, 0, sizeof squares);
            for (uint64_t f = 0; f < FILTERS; f++) {
                walk_particles(&walk, &filter, f, found);
                for (int t = 0; t < STEPS; t++) {
                    for (int k = 0; k < NUMBERS; k++) sum[t][k] += found[t][k], squares[t][k] += found[t][k] * found[t][k];
                }
            }
            double worst = 0, total = 0, deviation = 0;
            int numbers = 0;
            for (int t = 0; t < STEPS; t++) {
                for (int k = 0; k < LABEL_0 + (labels > 1 ? labels : 0); k++, numbers++) {
                    double mean = sum[t][k] / FILTERS, variance = (squares[t][k] - FILTERS * mean * mean) / (FILTERS - 1);
                    double error = sqrt(fmax(variance, 0) / FILTERS) + 1.0 / N + fabs(coarse[t][k] - fine[t][k]) / 3;
                    double z = (mean - fine[t][k]) / error;
                    deviation = fmax(deviation, fabs(mean - fine[t][k]));
                    worst = fmax(worst, fabs(z));
                    total += z * z;
                }
            }
            print_message("%d labels, %s: worst deviation %.2g, %.1f standard errors, %.2f in the mean square\n", labels,
                          systematic ? "systematic" : "multinomial", deviation, worst, total / numbers);
            assert_true(worst < 5 && total / numbers < 2);
            assert_true(deviation < 3 / sqrt(N));
        }
    }
}

// ---- edges ----------------------------------------------------------------------------------------------------------

static void extreme_observations_leave_a_belief(void **state) {
    (void)state;
    static const float observations[] = {-FLT_MAX, -1e4F, -3, 3, 1e4F, FLT_MAX};
    HikeGrid grid = hike_grid_make(41, HIKE_LABELS);
    double *belief = memory_zeroed(1, hike_grid_bytes(&grid));
    for (size_t k = 0; k < sizeof observations / sizeof *observations; k++) {
        hike_grid_reset(&grid, belief);
        for (int t = 0; t < 3; t++) {
            double sum = 0;
            assert_true(hike_grid_update(&grid, belief, t, observations[k]));
            for (int i = 0; i < hike_grid_size(&grid); i++) sum += belief[i];
            expect_near(sum, 1, 1e-12, "sum of the belief");
        }
    }
    size_t bytes = (size_t)hike_grid_size(&grid) * sizeof *belief;
    double *before = memory_zeroed(1, bytes);
    memcpy(before, belief, bytes);
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t k = 0; k < 3; k++) assert_false(hike_grid_update(&grid, belief, 0, bad[k]));
    assert_memory_equal(belief, before, bytes);
    free(before);
    free(belief);
    hike_grid_release(&grid);
}

static void the_start_is_a_point(void **state) {
    (void)state;
    for (int points = 21; points <= 61; points += 10) {
        HikeGrid grid = hike_grid_make(points, HIKE_LABELS);
        void *belief = memory_zeroed(1, hike_grid_bytes(&grid));
        hike_grid_reset(&grid, belief);
        float out[3], *vector = memory_zeroed((size_t)hike_grid_size(&grid), sizeof *vector);
        hike_grid_privileged(&grid, belief, out);
        assert_true(out[0] == -0.8F && out[1] == -0.8F && isnan(out[2]));
        hike_grid_vector(&grid, belief, vector);
        for (int i = 0; i < hike_grid_size(&grid); i++) {
            int column = i % points, row = i / points % points;
            assert_true(vector[i] == (column == row && column == (points - 1) / 10 ? 0.25F : 0));
        }
        assert_true(hike_grid_update(&grid, belief, HIKE_UP, -0.7F));
        hike_grid_privileged(&grid, belief, out);
        assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
        free(vector);
        free(belief);
        hike_grid_release(&grid);
    }
}

// A belief that has one label left knows the rotation.
static void privileged_names_the_rotation(void **state) {
    (void)state;
    HikeGrid grid = hike_grid_make(21, HIKE_LABELS);
    double *belief = memory_zeroed(1, hike_grid_bytes(&grid));
    float out[3];
    for (int label = 0; label < HIKE_LABELS; label++) {
        memset(belief, 0, hike_grid_bytes(&grid));
        belief[(label * 21 + 4) * 21 + 7] = belief[(label * 21 + 6) * 21 + 7] = 0.5;
        hike_grid_privileged(&grid, belief, out);
        assert_true(isnan(out[0]) && out[1] == -0.3F && out[2] == (float)((4 - label) % 4));
    }
    free(belief);
    hike_grid_release(&grid);
}

static void beliefs_have_a_digest(void **state) {
    (void)state;
    Walk walk = make_walk(HIKE_LABELS, 12);
    HikeGrid grid = hike_grid_make(31, HIKE_LABELS);
    void *belief = memory_zeroed(1, hike_grid_bytes(&grid));
    hike_grid_reset(&grid, belief);
    for (int t = 0; t < STEPS; t++) assert_true(hike_grid_update(&grid, belief, walk.action[t], walk.observation[t]));
    char hex[DIGEST_SIZE];
    digest_bytes(belief, (size_t)hike_grid_size(&grid) * sizeof(double), hex);
    assert_string_equal(hex, "83c73b9bf0783201e6eac1695f221a521ecaeb326f902621dbb4c472112938dc");
    free(belief);
    hike_grid_release(&grid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axis_rows_are_clamped_normal),  cmocka_unit_test(finer_grids_agree),
        cmocka_unit_test(particles_agree_with_the_grid), cmocka_unit_test(extreme_observations_leave_a_belief),
        cmocka_unit_test(the_start_is_a_point),          cmocka_unit_test(privileged_names_the_rotation),
        cmocka_unit_test(beliefs_have_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
