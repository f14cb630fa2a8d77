// VAA* and its derivatives: golden values of sets of states, closed forms, finite differences, forward against reverse mode.
#include "algorithms/training/vaa_star.h"

#include "core/rng.h"
#include "tests/algorithms/warmup_golden.h"

enum { ROWS_MAX = 64, WIDTH_MAX = 8 };

typedef struct States {
    double memory[ROWS_MAX * WIDTH_MAX];
    Matrix matrix;
} States;

static void states_init(States *states, int n, int width) {
    *states = (States){0};
    states->matrix = matrix_view(DTYPE_F64, n, width, states->memory);
}

static double star_of(Matrix states, double tolerance) {
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_reset(tape, false);
    double value = matrix_get(vaa_star(tape, 1, (Node *[]){tape_constant(tape, states)}, tolerance)->value, 0, 0);
    tape_destroy(tape);
    return value;
}

static void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.15g is not within %g of %.15g", found, tolerance, expected);
}

static void golden_sets(void **state) {
    (void)state;
    CsvTable *values = support_table(WARMUP_GOLDEN "state_sets_values.csv");
    CsvTable *sets = support_table(WARMUP_GOLDEN "state_sets.csv");
    WarmupGoldenWorst worst = {0};
    for (size_t row = 0; row < csv_rows(values); row++) {
        const char *name = csv_text(values, row, csv_column(values, "set"));
        States states;
        states_init(&states, support_whole(values, row, "n"), support_whole(values, row, "dim"));
        for (size_t r = 0; r < csv_rows(sets); r++) {
            if (!golden_is(sets, r, "set", name)) continue;
            matrix_set(states.matrix, support_whole(sets, r, "sample"), support_whole(sets, r, "dim"),
                       support_number(sets, r, "value"));
        }
        warmup_golden_compare(&worst, star_of(states.matrix, support_number(values, row, "epsilon")),
                              support_number(values, row, "vaa_star"), 1e-9, name);
    }
    warmup_golden_tell(&worst, "state_sets_values.csv, vaa_star", (int)csv_rows(values));
    csv_destroy(values);
    csv_destroy(sets);
}

// n states at the same distance d of one another: 1 / (1 + (n - 1) (eps + delta) / (d + delta)).
static void equidistant_states(void **state) {
    (void)state;
    States states;
    states_init(&states, WIDTH_MAX, WIDTH_MAX);
    for (int i = 0; i < WIDTH_MAX; i++) matrix_set(states.matrix, i, i, 0.5);
    double d = tanh(0.5) * sqrt(2), eps = 1e-4, delta = 1e-6;
    assert_near(star_of(states.matrix, eps), 1 / (1 + (WIDTH_MAX - 1) * (eps + delta) / (d + delta)), 1e-14);
    assert_near(star_of(states.matrix, 2), 1.0 / WIDTH_MAX, 1e-15);    // nearer than eps, all of them
    assert_near(star_of(matrix_rows(states.matrix, 0, 1), eps), 1, 0);
}

static void fill(Matrix states, double size, uint64_t index) {
    Rng rng = rng_stream(5, RNG_TEST, index);
    for (int i = 0; i < states.rows; i++) {
        for (int j = 0; j < states.cols; j++) matrix_set(states, i, j, rng_between(&rng, -size, size));
    }
}

// Two inputs: h of 3 units and c of 2.
typedef struct Pair {
    States h, c;
} Pair;

static Pair *random_pair(int n, double size, uint64_t index) {
    Pair *pair = memory_zeroed(1, sizeof *pair);
    states_init(&pair->h, n, 3);
    states_init(&pair->c, n, 2);
    fill(pair->h.matrix, size, 2 * index);
    fill(pair->c.matrix, size, 2 * index + 1);
    return pair;
}

static double star_of_pair(Tape *tape, const Pair *pair, double tolerance) {
    tape_reset(tape, false);
    Node *in[2] = {tape_constant(tape, pair->h.matrix), tape_constant(tape, pair->c.matrix)};
    return matrix_get(vaa_star(tape, 2, in, tolerance)->value, 0, 0);
}

// Sizes on either side of the tolerance: all apart, and some pairs within it.
static const struct { double size, tolerance, step; } settings[] = {{1.5, 1e-4, 1e-6}, {0.3, 0.15, 1e-6}, {1e-3, 1e-4, 1e-9}};

enum { SETTINGS = sizeof settings / sizeof *settings };

static void gradients_equal_differences(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable()), *other = tape_create(DTYPE_F64, linalg_portable());
    for (int k = 0; k < SETTINGS; k++) {
        Pair *pair = random_pair(7, settings[k].size, (uint64_t)k);
        tape_reset(tape, true);
        Node *in[2] = {tape_variable(tape, pair->h.matrix), tape_variable(tape, pair->c.matrix)};
        tape_backward(tape, tape_scale(tape, vaa_star(tape, 2, in, settings[k].tolerance), 3));
        double largest = 0;
        for (int part = 0; part < 2; part++) {
            Matrix x = part ? pair->c.matrix : pair->h.matrix;
            for (int e = 0; e < x.rows * x.cols; e++) {
                int i = e / x.cols, j = e % x.cols;
                double kept = matrix_get(x, i, j), sides[2];
                for (int side = 0; side < 2; side++) {
                    matrix_set(x, i, j, kept + (side ? -settings[k].step : settings[k].step));
                    sides[side] = 3 * star_of_pair(other, pair, settings[k].tolerance);
                }
                matrix_set(x, i, j, kept);
                double expected = (sides[0] - sides[1]) / (2 * settings[k].step), found = matrix_get(in[part]->gradient, i, j);
                largest = fmax(largest, fabs(expected));
                assert_near(found, expected, 4e-15 / settings[k].step + 1e-6 * fabs(expected));    // rounding, truncation
            }
        }
        assert_true(largest > 1e-4);
        free(pair);
    }
    tape_destroy(tape);
    tape_destroy(other);
}

// <gradient, tangent> = jvp of the tangent.
static void reverse_equals_forward(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    for (int k = 0; k < SETTINGS; k++) {
        Pair *pair = random_pair(9, settings[k].size, 10 + (uint64_t)k);
        tape_reset(tape, true);
        Node *in[2] = {tape_variable(tape, pair->h.matrix), tape_variable(tape, pair->c.matrix)};
        Node *value = vaa_star(tape, 2, in, settings[k].tolerance);
        tape_backward(tape, value);
        tape_tangents(tape);
        double expected = 0;
        for (int part = 0; part < 2; part++) {
            fill(in[part]->tangent, 1, 20 + (uint64_t)part);
            for (int e = 0; e < in[part]->value.rows * in[part]->value.cols; e++) {
                int i = e / in[part]->value.cols, j = e % in[part]->value.cols;
                expected += matrix_get(in[part]->gradient, i, j) * matrix_get(in[part]->tangent, i, j);
            }
        }
        tape_forward_tangents(tape);
        assert_true(fabs(expected) > 1e-4);
        assert_near(matrix_get(value->tangent, 0, 0), expected, 1e-12 * fmax(1, fabs(expected)));
        free(pair);
    }
    tape_destroy(tape);
}

static void no_gradient_within_tolerance(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    Pair *pair = random_pair(6, 1e-6, 30);
    tape_reset(tape, true);
    Node *in[2] = {tape_variable(tape, pair->h.matrix), tape_variable(tape, pair->c.matrix)};
    Node *value = vaa_star(tape, 2, in, 1e-4);
    tape_backward(tape, value);
    assert_near(matrix_get(value->value, 0, 0), 1.0 / 6, 1e-15);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 3; j++) assert_true(matrix_get(in[0]->gradient, i, j) == 0);
    }
    free(pair);
    tape_destroy(tape);
}

static void single_precision_is_near(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F32, linalg_portable()), *exact = tape_create(DTYPE_F64, linalg_portable());
    Pair *pair = random_pair(8, 1.5, 40);
    float h[8 * 3], c[8 * 2];
    for (int k = 0; k < 8 * 3; k++) h[k] = (float)pair->h.memory[k];
    for (int k = 0; k < 8 * 2; k++) c[k] = (float)pair->c.memory[k];
    tape_reset(tape, true);
    tape_reset(exact, true);
    Node *in[2] = {tape_variable(tape, matrix_view(DTYPE_F32, 8, 3, h)), tape_variable(tape, matrix_view(DTYPE_F32, 8, 2, c))};
    Node *true_in[2] = {tape_variable(exact, pair->h.matrix), tape_variable(exact, pair->c.matrix)};
    Node *value = vaa_star(tape, 2, in, 1e-4), *true_value = vaa_star(exact, 2, true_in, 1e-4);
    tape_backward(tape, value);
    tape_backward(exact, true_value);
    assert_near(matrix_get(value->value, 0, 0), matrix_get(true_value->value, 0, 0), 1e-6);
    for (int part = 0; part < 2; part++) {
        for (int e = 0; e < in[part]->value.rows * in[part]->value.cols; e++) {
            int i = e / in[part]->value.cols, j = e % in[part]->value.cols;
            double expected = matrix_get(true_in[part]->gradient, i, j);
            assert_near(matrix_get(in[part]->gradient, i, j), expected, 1e-5 * fmax(1e-3, fabs(expected)));
        }
    }
    free(pair);
    tape_destroy(tape);
    tape_destroy(exact);
}

// One number that is not finite makes value and gradients undefined, also an infinite one, which tanh would hide.
static void undefined_stays_visible(void **state) {
    (void)state;
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    static const double bad[] = {NAN, INFINITY};
    for (int k = 0; k < 2; k++) {
        Pair *pair = random_pair(5, 1, 50);
        matrix_set(pair->c.matrix, 2, 1, bad[k]);
        tape_reset(tape, true);
        Node *in[2] = {tape_variable(tape, pair->h.matrix), tape_variable(tape, pair->c.matrix)};
        Node *value = vaa_star(tape, 2, in, 1e-4);
        tape_backward(tape, value);
        assert_true(isnan(matrix_get(value->value, 0, 0)));
        assert_true(isnan(matrix_get(in[0]->gradient, 0, 0)));
        free(pair);
    }
    tape_destroy(tape);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_sets),
        cmocka_unit_test(equidistant_states),
        cmocka_unit_test(gradients_equal_differences),
        cmocka_unit_test(reverse_equals_forward),
        cmocka_unit_test(no_gradient_within_tolerance),
        cmocka_unit_test(single_precision_is_near),
        cmocka_unit_test(undefined_stays_visible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
