// Final returns and their scale.
#include "tests/benchmarks/fake_runs.h"

#include "benchmarks/scoring.h"

static double final_of(size_t count, const double *value) {
    int64_t step[40] = {0};
    double copy[40];
    for (size_t i = 0; i < count; i++) copy[i] = value[i];
    Series series = {count, step, copy};
    return scoring_final(&series);
}

static void the_last_tenth_counts(void **state) {
    (void)state;
    double value[40];
    for (int i = 0; i < 40; i++) value[i] = i;
    assert_true(final_of(1, value) == 0);
    assert_true(final_of(9, value) == 8);
    assert_true(final_of(10, value) == 9);
    assert_true(final_of(11, value) == 9.5);    // rounded up: two
    assert_true(final_of(13, value) == 11.5);
    assert_true(final_of(40, value) == 37.5);
    assert_true(isnan(final_of(0, value)));
    value[39] = (double)NAN;
    assert_true(isnan(final_of(40, value)));
    assert_true(final_of(39, value) == 36.5);
}

static void random_is_0_and_optimal_1(void **state) {
    (void)state;
    Config *config = config_create();
    Error error = {0};
    assert_true(config_set(config, "length", "10", &error));
    ReturnScale scale;
    assert_true(scoring_scale(config, &scale, &error));
    assert_true(fabs(scale.high - 4 * pow(0.98, 10)) < 1e-9 && scale.low < -1);
    assert_true(scoring_score(scale, scale.low) == 0);
    assert_true(scoring_score(scale, scale.high) == 1);
    assert_true(fabs(scoring_score(scale, 2 * scale.low - scale.high) + 1) < 1e-12);
    assert_true(isnan(scoring_score((ReturnScale){(double)NAN, 1, false}, 0.5)));
    config_destroy(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_last_tenth_counts), cmocka_unit_test(random_is_0_and_optimal_1)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
