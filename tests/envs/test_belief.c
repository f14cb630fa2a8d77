// Sizes of beliefs and the summaries of sets, against numbers worked out by hand.
#include "tests/support.h"

static void expect_summary(const BeliefPart *part, const float *values, const float *expected, int size) {
    float found[32];
    assert_int_equal(belief_summary_size(part), size);
    assert_true(size < 32);
    found[size] = 77;    // nothing is written behind
    belief_summary(part, values, found);
    for (int i = 0; i < size; i++) {
        if (!(found[i] == expected[i])) fail_msg("number %d: %.9g, expected %.9g", i, (double)found[i], (double)expected[i]);
    }
    assert_true(found[size] == 77);
}

static void sizes_add_up(void **state) {
    (void)state;
    const BeliefPart parts[] = {
        {.kind = BELIEF_GAUSSIAN, .particles = 1, .size = 6},
        {.kind = BELIEF_PARTICLES, .particles = 40, .size = 3, .levels = 4},
        {.kind = BELIEF_EXACT, .particles = 1, .size = 16, .discrete = true},
    };
    assert_int_equal(belief_part_size(&parts[1]), 120);
    assert_int_equal(belief_size(parts, 3), 6 + 120 + 16);
    assert_int_equal(belief_size(parts, 0), 0);
    static const int summaries[] = {2, 2 + 3 + 4 * 3, 16};
    for (int i = 0; i < 3; i++) assert_int_equal(belief_summary_size(&parts[i]), summaries[i]);
}

// Of a Gaussian part, d + d^2 numbers, the mean is left.
static void vectors_and_means(void **state) {
    (void)state;
    const float values[] = {0.5f, -2, 1, 0.25f, 0.25f, 3};
    const struct {
        BeliefKind kind;
        int size, left;
    } cases[] = {{BELIEF_EXACT, 6, 6}, {BELIEF_PARAMETERS, 6, 6}, {BELIEF_GAUSSIAN, 6, 2}, {BELIEF_GAUSSIAN, 2, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const BeliefPart part = {.kind = cases[i].kind, .particles = 1, .size = cases[i].size};
        float found[6];
        assert_int_equal(belief_summary_size(&part), cases[i].left);
        belief_summary(&part, values, found);
        assert_memory_equal(found, values, (size_t)cases[i].left * sizeof *values);
    }
}

// x: mean 4, deviations -3 -1 1 3. y: mean 3, deviations -1 3 1 -3. Third column: mean 1/2, deviations -1/2 1/2 1/2 -1/2.
static const float particles[] = {1, 2, 0, 3, 6, 1, 5, 4, 1, 7, 0, 0};

static void a_set_becomes_mean_and_covariance(void **state) {
    (void)state;
    const BeliefPart part = {.kind = BELIEF_PARTICLES, .particles = 4, .size = 3};
    expect_summary(&part, particles, (const float[]){4, 3, 0.5f, 5, -2, 0, 5, 1, 0.25f}, 9);
}

// Level by level: share, sum of x / 4, sum of y / 4. No particle has the last level.
static void labels_give_shares_and_sums(void **state) {
    (void)state;
    const BeliefPart part = {.kind = BELIEF_PARTICLES, .particles = 4, .size = 3, .levels = 3};
    const float expected[] = {4, 3, 5, -2, 5, 0.5f, 2, 0.5f, 0.5f, 2, 2.5f, 0, 0, 0};
    expect_summary(&part, particles, expected, 14);
}

static void the_order_of_particles_means_nothing(void **state) {
    (void)state;
    const BeliefPart part = {.kind = BELIEF_PARTICLES, .particles = 4, .size = 3, .levels = 2};
    float turned[12], a[11], b[11];
    for (int i = 0; i < 4; i++) memcpy(turned + 3 * i, particles + 3 * ((i + 3) % 4), 3 * sizeof *turned);
    belief_summary(&part, particles, a);
    belief_summary(&part, turned, b);
    assert_memory_equal(a, b, sizeof a);
}

static void odd_sets(void **state) {
    (void)state;
    const BeliefPart one = {.kind = BELIEF_PARTICLES, .particles = 1, .size = 2};
    expect_summary(&one, (const float[]){3, -8}, (const float[]){3, -8, 0, 0, 0}, 5);
    // A spread that float would lose beside the mean's square.
    const BeliefPart far = {.kind = BELIEF_PARTICLES, .particles = 2, .size = 1};
    expect_summary(&far, (const float[]){10000.25f, 10000.75f}, (const float[]){10000.5f, 0.0625f}, 2);
    // Only a label.
    const BeliefPart labels = {.kind = BELIEF_PARTICLES, .particles = 4, .size = 1, .levels = 2};
    expect_summary(&labels, (const float[]){1, 0, 1, 1}, (const float[]){0.25f, 0.75f}, 2);
    float undefined[2];
    belief_summary(&far, (const float[]){1, NAN}, undefined);
    assert_true(isnan(undefined[0]) && isnan(undefined[1]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_add_up),
        cmocka_unit_test(vectors_and_means),
        cmocka_unit_test(a_set_becomes_mean_and_covariance),
        cmocka_unit_test(labels_give_shares_and_sums),
        cmocka_unit_test(the_order_of_particles_means_nothing),
        cmocka_unit_test(odd_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
