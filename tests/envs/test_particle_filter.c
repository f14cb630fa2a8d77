// Noise and resampling against their definitions and expectations.
#include "core/digest.h"
#include "envs/particle_filter.h"
#include "tests/support.h"

// ---- noise ----------------------------------------------------------------------------------------------------------

// Moments of 2 x 400000 variates, each within five standard errors, and the share beyond 2.
static void normals_are_normal(void **state) {
    (void)state;
    enum { N = 400000 };
    float *x = memory_zeroed(N, sizeof *x), *y = memory_zeroed(N, sizeof *y), *scratch = memory_zeroed(N, sizeof *scratch);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    particles_normals(&rng, N, x, y, scratch);
    assert_int_equal(rng.drawn, 2 * N);
    double product = 0, squares = 0, beyond = 0, power[5] = {0}, largest = 0;
    for (int i = 0; i < N; i++) {
        double pair[] = {(double)x[i], (double)y[i]};
        product += pair[0] * pair[1] / N;
        squares += (pair[0] * pair[0] - 1) * (pair[1] * pair[1] - 1) / N;
        for (int k = 0; k < 2; k++) {
            for (int m = 1; m <= 4; m++) power[m] += pow(pair[k], m) / (2 * N);
            beyond += (fabs(pair[k]) > 2) / (2.0 * N);
            largest = fmax(largest, fabs(pair[k]));
        }
    }
    double error = 5 / sqrt(2 * N);
    assert_true(fabs(power[1]) < error && fabs(power[2] - 1) < sqrt(2) * error);
    assert_true(fabs(power[3]) < sqrt(15) * error && fabs(power[4] - 3) < sqrt(96) * error);
    assert_true(fabs(product) < 5 / sqrt(N) && fabs(squares) < 5 * 2 / sqrt(N));    // independent, in both senses
    assert_true(fabs(beyond - erfc(sqrt(2))) < 0.21 * error);
    assert_true(largest > 4 && largest < 6.56);
    free(x);
    free(y);
    free(scratch);
}

// A prefix of the stream gives a prefix of the numbers, also from the middle of a block, and uniform numbers are its words.
static void noise_is_a_function_of_the_stream(void **state) {
    (void)state;
    enum { N = 1003, FEW = 261 };
    static float x[N], y[N], few_x[FEW], few_y[FEW], scratch[N];
    static double uniform[N];
    for (uint64_t from = 0; from < 6; from++) {
        Rng rng = rng_stream(4, RNG_TEST, 0);
        rng_seek(&rng, from);
        particles_normals(&rng, N, x, y, scratch);
        rng_seek(&rng, from);
        particles_normals(&rng, FEW, few_x, few_y, scratch);
        assert_memory_equal(x, few_x, sizeof few_x);
        assert_memory_equal(y, few_y, sizeof few_y);
        rng_seek(&rng, from);
        particles_uniforms(&rng, N, uniform);
        rng_seek(&rng, from);
        for (int i = 0; i < N; i++) assert_true(uniform[i] == ldexp((double)rng_u32(&rng), -32));
    }
}

// The same bits on every machine.
static void normals_have_a_digest(void **state) {
    (void)state;
    enum { N = 1003 };
    static float numbers[2 * N], scratch[N];
    char hex[DIGEST_SIZE];
    Rng rng = rng_stream(5, RNG_TEST, 0);
    particles_normals(&rng, N, numbers, numbers + N, scratch);
    digest_bytes(numbers, sizeof numbers, hex);
    assert_string_equal(hex, "1d73d6c5ac45b5bd1a3f35ea4eb9075f1c41333d2b74fcc756dba419e9cfc004");
}

// ---- resampling -----------------------------------------------------------------------------------------------------

enum { MOST = 600 };

typedef struct Set {
    int count;
    float weights[MOST];
    double cumulative[MOST], uniforms[MOST];
    int32_t guide[4 * MOST], parents[MOST];
} Set;

// Weights over many orders of magnitude, a third of them zero.
static void draw_set(Set *set, int count, Rng *rng) {
    set->count = count;
    for (int i = 0; i < count; i++) {
        set->weights[i] = rng_below(rng, 3) ? (float)exp(-12 * rng_uniform(rng)) : 0;
        set->uniforms[i] = rng_uniform(rng);
    }
    set->weights[rng_below(rng, (uint32_t)count)] = 1;
    particles_accumulate(count, set->weights, set->cumulative);
}

static int parent_of(const Set *set, double point) {
    int parent = 0;
    for (int i = 0; i < set->count; i++) parent += set->cumulative[i] <= point;
    return parent;
}

static void multinomial(Set *set) {
    assert_true(particles_guide_size(set->count) <= sizeof set->guide / sizeof *set->guide);
    particles_multinomial(set->count, set->cumulative, set->uniforms, set->guide, set->parents);
}

static void weights_accumulate_to_one(void **state) {
    (void)state;
    double cumulative[4];
    particles_accumulate(4, (float[]){0, 1, 0, 3}, cumulative);
    assert_true(cumulative[0] == 0 && cumulative[1] == 0.25 && cumulative[2] == 0.25 && cumulative[3] == 1);
    particles_accumulate(2, (float[]){1e-45F, 0}, cumulative);
    assert_true(cumulative[0] == 1 && cumulative[1] == 1);
}

// With random points, and with points on the boundaries themselves and next to them.
static void multinomial_equals_its_definition(void **state) {
    (void)state;
    static Set set;
    static const int counts[] = {1, 2, 3, 7, 64, 255, 256, 257, MOST};
    Rng rng = rng_stream(6, RNG_TEST, 0);
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        draw_set(&set, counts[c], &rng);
        for (int kind = 0; kind < 4; kind++) {
            for (int i = 0; i < set.count && kind > 0; i++) {
                double boundary = set.cumulative[i];
                set.uniforms[i] = kind == 1 ? boundary : nextafter(boundary, kind == 2 ? 0 : 1);
                if (!(set.uniforms[i] < 1)) set.uniforms[i] = nextafter(1, 0);
            }
            multinomial(&set);
            for (int i = 0; i < set.count; i++) {
                assert_int_equal(set.parents[i], parent_of(&set, set.uniforms[i]));
                assert_true(set.weights[set.parents[i]] > 0);
            }
        }
    }
}

// Within one of its share, and where no point lies within rounding of a boundary by the definition too.
static void systematic_equals_its_definition(void **state) {
    (void)state;
    static Set set;
    static const int counts[] = {1, 2, 3, 7, 256, MOST};
    static const double uniforms[] = {0, 0.3, 0.7123456, 1 - 0x1p-32, 1 - 0x1p-53};
    Rng rng = rng_stream(7, RNG_TEST, 0);
    for (size_t k = 0; k < 30; k++) {
        double uniform = uniforms[k % 5];
        draw_set(&set, counts[k / 5], &rng);
        particles_systematic(set.count, set.cumulative, uniform, set.parents);
        int children[MOST] = {0};
        for (int j = 0; j < set.count; j++) {
            double point = (j + uniform) / set.count;
            int low = parent_of(&set, point - 1e-12), high = parent_of(&set, point + 1e-12);
            if (high == set.count) high--;
            assert_in_range(set.parents[j], low, high);
            assert_true(j == 0 || set.parents[j] >= set.parents[j - 1]);
            children[set.parents[j]]++;
        }
        for (int i = 0; i < set.count; i++) {
            double share = (set.cumulative[i] - (i > 0 ? set.cumulative[i - 1] : 0)) * set.count;
            assert_true(fabs(children[i] - share) < 1 + 1e-9);
        }
    }
}

// Mean numbers of children of both are the weights' shares; their variances are n p (1 - p), and at most 1/4.
static void children_have_their_expectations(void **state) {
    (void)state;
    enum { N = 20, REPEATS = 20000 };
    static Set set;
    Rng rng = rng_stream(8, RNG_TEST, 0);
    draw_set(&set, N, &rng);
    for (int systematic = 0; systematic < 2; systematic++) {
        double sum[N] = {0}, squares[N] = {0};
        for (int r = 0; r < REPEATS; r++) {
            int children[N] = {0};
            particles_uniforms(&rng, N, set.uniforms);
            if (systematic) particles_systematic(N, set.cumulative, set.uniforms[0], set.parents);
            else multinomial(&set);
            for (int i = 0; i < N; i++) children[set.parents[i]]++;
            for (int i = 0; i < N; i++) sum[i] += children[i], squares[i] += children[i] * children[i];
        }
        for (int i = 0; i < N; i++) {
            double p = set.cumulative[i] - (i > 0 ? set.cumulative[i - 1] : 0), mean = sum[i] / REPEATS;
            double expected = N * p * (1 - p), variance = squares[i] / REPEATS - mean * mean;
            assert_true(fabs(mean - N * p) <= 5 * sqrt(expected / REPEATS));
            if (systematic) assert_true(variance <= 0.2501);
            else if (expected > 0.1) assert_true(fabs(variance - expected) < 0.1 * expected);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normals_are_normal),
        cmocka_unit_test(noise_is_a_function_of_the_stream),
        cmocka_unit_test(normals_have_a_digest),
        cmocka_unit_test(weights_accumulate_to_one),
        cmocka_unit_test(multinomial_equals_its_definition),
        cmocka_unit_test(systematic_equals_its_definition),
        cmocka_unit_test(children_have_their_expectations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
