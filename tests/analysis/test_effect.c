// Sizes of effects against the golden numbers, and their edges.
#include "analysis/effect.h"
#include "tests/analysis/samples.h"

typedef double Size(const double *x, int n_x, const double *y, int n_y);

static const struct {
    const char *name;    // quantity of two_sample.csv
    Size *size;
    double swapped;    // size(x, y) + size(y, x)
} sizes[] = {{"cohen_d", cohen_d, 0},
             {"hedges_g", hedges_g, 0},
             {"vargha_delaney_A", superiority, 1},
             {"cliff_delta", cliff_delta, 0},
             {"hodges_lehmann", hodges_lehmann, 0}};

enum { SIZES = sizeof sizes / sizeof *sizes };

static bool size_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    (void)alternative;
    for (int i = 0; i < SIZES; i++) {
        if (strcmp(quantity, sizes[i].name) != 0) continue;
        *found = sizes[i].size(s->x, s->n_x, s->y, s->n_y);
        double swapped = sizes[i].size(s->y, s->n_y, s->x, s->n_x);
        assert_close(quantity, *found + swapped, sizes[i].swapped);
        return true;
    }
    return false;
}

static void sizes_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("two_sample", size_quantity, &deviation);
    samples_report(&deviation, checked, 9 * SIZES);
}

// t of the pairs is d_z sqrt(n).
static bool pair_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    (void)alternative;
    if (strcmp(quantity, "paired_t") != 0) return false;
    *found = cohen_d_z(s->x, s->y, s->n_x) * sqrt(s->n_x);
    return true;
}

static void sizes_of_pairs_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("paired", pair_quantity, &deviation);
    samples_report(&deviation, checked, 9);
}

// m = 2: Gamma(1) / (1 Gamma(1/2)) = 1 / sqrt(pi); m = 4: Gamma(2) / (sqrt(2) Gamma(3/2)) = sqrt(2 / pi).
static void small_samples_are_corrected_exactly(void **state) {
    (void)state;
    const double x[] = {3, 5, 10}, y[] = {1, 2, 3}, pi = acos(-1);
    assert_close("d", cohen_d(x, 2, y, 2), 2.5 / sqrt((2 + 0.5) / 2));
    assert_close("g", hedges_g(x, 2, y, 2), cohen_d(x, 2, y, 2) / sqrt(pi));
    assert_close("g", hedges_g(x, 3, y, 3), cohen_d(x, 3, y, 3) * sqrt(2 / pi));
}

static void edges_are_kept(void **state) {
    (void)state;
    const double constant[] = {0.1, 0.1, 0.1}, other[] = {1, 2, 4}, broken[] = {1, NAN, 2}, endless[] = {1, INFINITY, 2};
    for (int i = 0; i < SIZES; i++) {
        assert_true(isnan(sizes[i].size(other, 3, broken, 3)) && isnan(sizes[i].size(endless, 3, other, 3)));
        assert_true(isnan(sizes[i].size(other, 0, other, 3)) && isnan(sizes[i].size(other, 3, other, 0)));
        bool spread = i < 2;    // those that need a standard deviation
        assert_int_equal(isnan(sizes[i].size(constant, 3, constant, 3)), spread);
        assert_int_equal(isnan(sizes[i].size(other, 3, constant, 1)), spread);
        assert_true(isfinite(sizes[i].size(constant, 3, other, 3)));
    }
    assert_true(superiority(constant, 3, constant, 2) == 0.5 && cliff_delta(constant, 3, constant, 2) == 0);
    assert_true(superiority(other, 3, constant, 3) == 1 && cliff_delta(constant, 1, other, 1) == -1);
    assert_true(hodges_lehmann(other, 1, constant, 1) == 0.9 && hodges_lehmann(constant, 3, constant, 3) == 0);
    assert_true(isnan(cohen_d_z(other, other, 3)) && isnan(cohen_d_z(other, constant, 1)) && isnan(cohen_d_z(other, other, 0)));
    assert_true(isnan(cohen_d_z(other, broken, 3)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_match_golden),
        cmocka_unit_test(sizes_of_pairs_match_golden),
        cmocka_unit_test(small_samples_are_corrected_exactly),
        cmocka_unit_test(edges_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
