// The particle filter of the Mountain Hike against the numbers of the original authors' program, at extremes, and against itself.
#include <float.h>

#include "core/digest.h"
#include "envs/hike_particles.h"
#include "envs/mountain_hike.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/belief/"

static void worst(double *deviation, double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: %.9g, expected %.9g", what, found, expected);
    *deviation = fmax(*deviation, fabs(found - expected));
}

static float real(const CsvTable *table, size_t row, const char *name) {
    return (float)support_number(table, row, name);
}

// ---- golden numbers -------------------------------------------------------------------------------------------------

static void altitudes_equal_the_authors(void **state) {
    (void)state;
    enum { MOST = 1000 };
    static float x[MOST], y[MOST], altitude[MOST];
    CsvTable *table = support_table(GOLDEN "hike_altitude.csv");
    int count = (int)csv_rows(table);
    assert_in_range(count, 1, MOST);
    for (int i = 0; i < count; i++) x[i] = real(table, (size_t)i, "x"), y[i] = real(table, (size_t)i, "y");
    hike_altitudes(count, x, y, altitude);
    double deviation = 0;
    for (int i = 0; i < count; i++)
        worst(&deviation, (double)altitude[i], support_number(table, (size_t)i, "altitude"), 1e-6, "altitude");
    print_message("worst deviation: %.2g\n", deviation);
    csv_destroy(table);
}

// Of each observation the densities at all places, divided by the largest.
static void likelihoods_equal_the_authors(void **state) {
    (void)state;
    enum { MOST = 100 };
    float x[MOST], y[MOST], weight[MOST];
    CsvTable *table = support_table(GOLDEN "hike_obs_likelihood.csv");
    double deviation = 0;
    for (size_t first = 0, count; first < csv_rows(table); first += count) {
        double observation = support_number(table, first, "obs"), largest = -INFINITY;
        for (count = 0; first + count < csv_rows(table) && support_number(table, first + count, "obs") == observation;
             count++) {
            assert_true(count < MOST);
            x[count] = real(table, first + count, "x"), y[count] = real(table, first + count, "y");
            largest = fmax(largest, support_number(table, first + count, "log_likelihood"));
        }
        hike_weigh((int)count, x, y, (float)observation, weight);
        for (size_t i = 0; i < count; i++) {
            double expected = exp(support_number(table, first + i, "log_likelihood") - largest);
            if (!(fabs((double)weight[i] - expected) <= 1e-5 * expected + 1e-37))
                fail_msg("%g: %g", (double)weight[i], expected);
            deviation = fmax(deviation, expected > 1e-37 ? fabs((double)weight[i] / expected - 1) : 0);
        }
    }
    print_message("worst deviation: %.2g, relative\n", deviation);
    csv_destroy(table);
}

// One step of the authors' filter, from row `first` of hike_pf.csv on: noise and uniform numbers given.
static void compare_step(const CsvTable *table, size_t first, const HikeParticles *filter, const HikeSet *set, int action,
                         float observation, double *deviation) {
    const size_t count = (size_t)filter->count;
    for (size_t i = 0; i < count; i++) {
        set->moved_x[i] = real(table, first + i, "noise_x"), set->moved_y[i] = real(table, first + i, "noise_y");
        set->uniform[i] = support_number(table, first + i, "uniform");
    }
    hike_particles_advance(filter, set, action, observation);
    for (size_t i = 0; i < count; i++) {
        size_t row = first + i;
        assert_int_equal(support_whole(table, row, "particle"), i);
        worst(deviation, (double)set->moved_x[i], support_number(table, row, "prop_x"), 1e-6, "proposed x");
        worst(deviation, (double)set->moved_y[i], support_number(table, row, "prop_y"), 1e-6, "proposed y");
        double weight = set->cumulative[i] - (i > 0 ? set->cumulative[i - 1] : 0);
        worst(deviation, weight, support_number(table, row, "weight"), 1e-6, "weight");
        assert_int_equal(set->parent[i], support_whole(table, row, "parent"));
        worst(deviation, (double)set->x[i], support_number(table, row, "x"), 1e-6, "x");
        worst(deviation, (double)set->y[i], support_number(table, row, "y"), 1e-6, "y");
        assert_int_equal(set->label[i], support_whole(table, row, "label"));
    }
}

static void steps_equal_the_authors(void **state) {
    (void)state;
    CsvTable *steps = support_table(GOLDEN "hike_pf_steps.csv"), *table = support_table(GOLDEN "hike_pf.csv");
    double deviation = 0;
    size_t row = 0;
    HikeParticles filter = {.count = 40};
    void *belief = NULL;
    for (size_t step = 0; step < csv_rows(steps); step++, row += (size_t)filter.count) {
        assert_int_equal(support_whole(table, row, "case"), support_whole(steps, step, "case"));
        assert_int_equal(support_whole(table, row, "t"), support_whole(steps, step, "t"));
        bool rotations = strcmp(csv_text(steps, step, csv_column(steps, "variation")), "rotations") == 0;
        filter.labels = rotations ? HIKE_LABELS : 1;
        int action = support_whole(steps, step, "action");
        if (action < 0) {
            free(belief);
            belief = memory_zeroed(1, hike_particles_bytes(&filter));
            Rng rng = rng_stream(0, RNG_TEST, 0);
            hike_particles_reset(&filter, belief, &rng);
            HikeSet set = hike_particles_set(&filter, belief);
            for (int i = 0; i < filter.count; i++) {
                worst(&deviation, (double)set.x[i], support_number(table, row + (size_t)i, "x"), 1e-6, "first x");
                worst(&deviation, (double)set.y[i], support_number(table, row + (size_t)i, "y"), 1e-6, "first y");
                set.label[i] = support_whole(table, row + (size_t)i, "label");
            }
        } else {
            HikeSet set = hike_particles_set(&filter, belief);
            compare_step(table, row, &filter, &set, action, real(steps, step, "obs"), &deviation);
        }
    }
    assert_int_equal(row, csv_rows(table));
    print_message("worst deviation: %.2g, all parents equal\n", deviation);
    free(belief);
    csv_destroy(steps);
    csv_destroy(table);
}

// ---- edges ----------------------------------------------------------------------------------------------------------

// However improbable an observation is, someone explains it best: beyond all altitudes the highest and the lowest.
static void weights_do_not_vanish(void **state) {
    (void)state;
    enum { N = 101 };
    static const float observations[] = {-FLT_MAX, -1e8F, -50, -2, -1, 0, 0.5F, 1, 7, 1e4F, 1e8F, FLT_MAX};
    float x[N], y[N], altitude[N], weight[N];
    for (int i = 0; i < N; i++) x[i] = 0.02F * (float)i - 1, y[i] = 0.7F;
    hike_altitudes(N, x, y, altitude);
    for (size_t k = 0; k < sizeof observations / sizeof *observations; k++) {
        hike_weigh(N, x, y, observations[k], weight);
        double target = fmin(fmax((double)observations[k], -2), 1);
        int best = 0;
        for (int i = 0; i < N; i++) {
            if (fabs((double)altitude[i] - target) < fabs((double)altitude[best] - target)) best = i;
        }
        assert_true(weight[best] > 0.999F);
        for (int i = 0; i < N; i++) assert_true(weight[i] >= 0 && weight[i] <= 1);
        for (int i = 0; i < N && fabsf(observations[k]) >= 1e4F; i++)
            assert_true(weight[i] == 0 || fabsf(altitude[i] - altitude[best]) < 1e-3F);
    }
}

static HikeParticles filter_of(int count, int labels, bool systematic) {
    return (HikeParticles){.count = count, .labels = labels, .systematic = systematic};
}

// A short hike with a filter beside it; the belief is to be freed.
static void *follow(const HikeParticles *filter, int steps, uint64_t seed) {
    void *belief = memory_zeroed(1, hike_particles_bytes(filter));
    Rng rng = rng_stream(seed, RNG_TEST, 0), world = rng_stream(seed, RNG_TEST, 1);
    HikeState at;
    float seen;
    MountainHikeParams params;
    param_defaults(&mountain_hike_type.params, &params);
    params.variation = filter->labels > 1 ? HIKE_ROTATIONS : HIKE_FIXED;
    Error error = {0};
    Env *env = env_create(&mountain_hike_type, &params, &error);
    assert_non_null(env);
    mountain_hike_type.reset(env->model, &at, &world, &seen);
    hike_particles_reset(filter, belief, &rng);
    for (int t = 0; t < steps; t++) {
        int action = mountain_hike_type.explore(env->model, &world);
        mountain_hike_type.step(env->model, &at, action, &world, &seen);
        assert_true(hike_particles_update(filter, belief, action, seen, &rng));
    }
    env_destroy(env);
    return belief;
}

static void particles_stay_in_the_square(void **state) {
    (void)state;
    static const int counts[] = {2, 3, 17, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (int systematic = 0; systematic < 2; systematic++) {
            HikeParticles filter = filter_of(counts[c], HIKE_LABELS, systematic);
            void *belief = follow(&filter, 60, c);
            HikeSet set = hike_particles_set(&filter, belief);
            assert_true(set.cumulative[filter.count - 1] == 1);
            float largest = 0;
            for (int i = 0; i < filter.count; i++) {
                assert_true(fabsf(set.x[i]) <= 1 && fabsf(set.y[i]) <= 1);
                assert_in_range(set.label[i], 0, HIKE_LABELS - 1);
                assert_in_range(set.parent[i], 0, filter.count - 1);
                assert_true(set.x[i] == set.moved_x[set.parent[i]] && set.label[i] == set.moved_label[set.parent[i]]);
                assert_true(set.weight[i] >= 0 && set.weight[i] <= 1);
                largest = fmaxf(largest, set.weight[i]);
            }
            assert_true(largest == 1);
            free(belief);
        }
    }
}

static void what_is_not_finite_changes_nothing(void **state) {
    (void)state;
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    HikeParticles filter = filter_of(50, HIKE_LABELS, false);
    void *belief = follow(&filter, 5, 1), *before = memory_zeroed(1, hike_particles_bytes(&filter));
    memcpy(before, belief, hike_particles_bytes(&filter));
    Rng rng = rng_stream(1, RNG_TEST, 2);
    for (size_t i = 0; i < 3; i++) assert_false(hike_particles_update(&filter, belief, 0, bad[i], &rng));
    assert_int_equal(rng.drawn, 0);
    assert_memory_equal(belief, before, hike_particles_bytes(&filter));
    free(belief);
    free(before);
}

static void the_vector_is_particle_by_particle(void **state) {
    (void)state;
    HikeParticles filter = filter_of(9, HIKE_LABELS, true);
    void *belief = follow(&filter, 3, 2);
    HikeSet set = hike_particles_set(&filter, belief);
    float vector[27];
    hike_particles_vector(&filter, belief, vector);
    for (int i = 0; i < 9; i++) {
        assert_true(vector[3 * i] == set.x[i] && vector[3 * i + 1] == set.y[i] && vector[3 * i + 2] == (float)set.label[i]);
    }
    free(belief);
}

static void privileged_is_what_particles_agree_on(void **state) {
    (void)state;
    HikeParticles filter = filter_of(64, HIKE_LABELS, false);
    void *belief = memory_zeroed(1, hike_particles_bytes(&filter));
    Rng rng = rng_stream(3, RNG_TEST, 0);
    hike_particles_reset(&filter, belief, &rng);
    HikeSet set = hike_particles_set(&filter, belief);
    int of_label[HIKE_LABELS] = {0};
    for (int i = 0; i < 64; i++) of_label[set.label[i]]++;
    for (int l = 0; l < HIKE_LABELS; l++) assert_true(of_label[l] > 0);
    float out[3];
    hike_particles_privileged(&filter, belief, out);
    assert_true(out[0] == -0.8F && out[1] == -0.8F && isnan(out[2]));
    for (int i = 0; i < 64; i++) set.label[i] = 3;
    set.y[63] = 0;
    hike_particles_privileged(&filter, belief, out);
    assert_true(out[0] == -0.8F && isnan(out[1]) && out[2] == 1);
    free(belief);
    filter.labels = 1;    // then only two numbers are written
    belief = memory_zeroed(1, hike_particles_bytes(&filter));
    hike_particles_reset(&filter, belief, NULL);
    out[2] = 77;
    hike_particles_privileged(&filter, belief, out);
    assert_true(out[0] == -0.8F && out[1] == -0.8F && out[2] == 77);
    free(belief);
}

// The same numbers on every machine, with both ways to resample.
static void beliefs_have_a_digest(void **state) {
    (void)state;
    static const char *const expected[] = {"326193f4f70b6042612aef2cbe8c74af7302ea5f59831151c284a71c068daaa5",
                                           "c190803e75fb56ce0638e0012d4f79e42eb57c52932081c3c6b181084b7ff30e"};
    for (int systematic = 0; systematic < 2; systematic++) {
        HikeParticles filter = filter_of(1001, HIKE_LABELS, systematic);
        static float vector[3003];
        for (int repeat = 0; repeat < 2; repeat++) {
            void *belief = follow(&filter, 40, 5);
            char hex[DIGEST_SIZE];
            hike_particles_vector(&filter, belief, vector);
            digest_bytes(vector, sizeof vector, hex);
            assert_string_equal(hex, expected[systematic]);
            free(belief);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(altitudes_equal_the_authors),
        cmocka_unit_test(likelihoods_equal_the_authors),
        cmocka_unit_test(steps_equal_the_authors),
        cmocka_unit_test(weights_do_not_vanish),
        cmocka_unit_test(particles_stay_in_the_square),
        cmocka_unit_test(what_is_not_finite_changes_nothing),
        cmocka_unit_test(the_vector_is_particle_by_particle),
        cmocka_unit_test(privileged_is_what_particles_agree_on),
        cmocka_unit_test(beliefs_have_a_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
