// Sanity of the estimates together (claim B8 of the T-Maze study): nothing exceeds the entropy of the beliefs, two
// separated beliefs are ln 2, independent pairs are nothing; and the preprocessing in front of them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/estimate.h"
#include "core/arena.h"
#include "core/rng.h"

enum { HALF = 1000, HIDDEN = 16 };

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

static PairParams quick_params(void) {
    PairParams params = {.discrete = true, .linalg = linalg_portable(), .seed = 1};
    param_defaults(&mine_params, &params.mine);
    param_defaults(&probe_params, &params.probe);
    params.mine.hidden = 64;
    params.mine.batch = 128;
    params.mine.epochs = 60;
    return params;
}

typedef struct Sample {
    Matrix hidden, belief;
} Sample;

// One-hot beliefs over `states`; the hidden state is a random code of the belief plus uniform noise, or all noise.
static Sample sample_create(int states, double noise, bool informed, uint32_t stream) {
    Sample s = {matrix_view(DTYPE_F32, 2 * HALF, HIDDEN, memory_zeroed(2 * HALF * HIDDEN, sizeof(float))),
                matrix_view(DTYPE_F32, 2 * HALF, states, memory_zeroed(2 * HALF * (size_t)states, sizeof(float)))};
    Rng rng = rng_stream(0, RNG_TEST, stream);
    double *code = memory_alloc((size_t)states * HIDDEN * sizeof *code);
    for (int i = 0; i < states * HIDDEN; i++) code[i] = rng_between(&rng, -1, 1);
    for (int i = 0; i < 2 * HALF; i++) {
        int belief = (int)rng_below(&rng, (uint32_t)states);
        matrix_set(s.belief, i, belief, 1);
        for (int j = 0; j < HIDDEN; j++) {
            matrix_set(s.hidden, i, j, (informed ? code[belief * HIDDEN + j] : 0) + rng_between(&rng, -noise, noise));
        }
    }
    free(code);
    return s;
}

static void sample_free(Sample *s) {
    free(s->hidden.data);
    free(s->belief.data);
}

static PairEstimate estimate_of(const PairParams *params, Sample s) {
    PairEstimate e;
    Error error = {0};
    if (!estimate_pairs(params, s.hidden, s.belief, &e, &error)) fail_msg("%s", error.message);
    return e;
}

// The stuck policy: it sees one of two cues and nothing else, so H(b) = ln 2, and the hidden state shows it.
static void two_beliefs(void **state) {
    (void)state;
    Sample s = sample_create(2, 0.01, true, 0);
    PairParams params = quick_params();
    PairEstimate e = estimate_of(&params, s);
    assert_int_equal(e.classes, 2);
    assert_close(e.entropy, log(2), 0.005);
    assert_close(e.mine.value, log(2), 0.03);
    assert_close(e.probe.bound, log(2), 0.03);
    assert_false(e.mine.unreliable);
    sample_free(&s);
}

// The solved T-Maze with L = 10: 22 equiprobable beliefs.
static void many_beliefs(void **state) {
    (void)state;
    Sample s = sample_create(22, 0.3, true, 1);
    PairParams params = quick_params();
    params.mine.epochs = 100;
    params.mine.restarts = 2;
    PairEstimate e = estimate_of(&params, s);
    assert_int_equal(e.classes, 22);
    assert_close(e.entropy, log(22), 0.03);
    assert_true(e.mine.value <= e.entropy + 0.1);
    assert_true(e.mine.value > e.entropy - 0.6);
    assert_true(e.probe.bound <= e.entropy);
    assert_true(e.probe.bound > e.entropy - 0.2);
    sample_free(&s);
}

static void independent_pairs(void **state) {
    (void)state;
    Sample s = sample_create(6, 1, false, 2);
    PairParams params = quick_params();
    PairEstimate e = estimate_of(&params, s);
    assert_close(e.mine.value, 0, 0.05);
    assert_true(e.probe.bound < 0.01 && e.probe.bound > -0.3);
    assert_close(e.entropy, log(6), 0.02);
    sample_free(&s);
}

// ---- preprocessing --------------------------------------------------------------------------------------------------

static void rows_that_are_not_finite(void **state) {
    (void)state;
    Sample s = sample_create(2, 0.1, true, 3);
    PairParams params = quick_params();
    params.mine.epochs = 5;
    for (int i = 0; i < 15; i++) matrix_set(s.hidden, 7 * i, 2, NAN);
    for (int i = 0; i < 5; i++) matrix_set(s.belief, HALF + 7 * i, 1, INFINITY);
    PairEstimate e = estimate_of(&params, s);
    assert_int_equal(e.rejected, 20);
    assert_int_equal(e.train, HALF - 15);
    assert_int_equal(e.test, HALF - 5);
    assert_true(isfinite(e.mine.value) && isfinite(e.probe.bound));
    matrix_set(s.hidden, 200, 0, NAN);    // one more than 1 %
    Error error = {0};
    assert_false(estimate_pairs(&params, s.hidden, s.belief, &e, &error));
    assert_non_null(strstr(error.message, "21 of 2000"));
    sample_free(&s);
}

// Columns that never change say nothing; a side made of nothing else has no information, by definition.
static void constant_columns(void **state) {
    (void)state;
    Sample s = sample_create(2, 0.1, true, 4);
    PairParams params = quick_params();
    params.mine.epochs = 5;
    for (int i = 0; i < 2 * HALF; i++) matrix_set(s.hidden, i, 3, 0.5);
    assert_int_equal(estimate_of(&params, s).constant_hidden, 1);
    for (int i = 0; i < 2 * HALF; i++) matrix_set(s.belief, i, 0, 1), matrix_set(s.belief, i, 1, 0);
    PairEstimate e = estimate_of(&params, s);
    assert_int_equal(e.constant_belief, 2);
    assert_close(e.mine.value, 0, 0);
    assert_close(e.entropy, 0, 0);
    assert_close(e.probe.bound, 0, 1e-12);
    assert_false(e.mine.unreliable);
    sample_free(&s);
}

// Continuous beliefs have no finite entropy: only MINE speaks. Columns may be a view of a wider array.
static void continuous_beliefs(void **state) {
    (void)state;
    Sample s = sample_create(2, 0.1, true, 5);
    PairParams params = quick_params();
    params.mine.epochs = 5;
    params.discrete = false;
    Sample part = {matrix_cols(s.hidden, 2, 4), matrix_cols(s.hidden, 0, 2)};
    PairEstimate e = estimate_of(&params, part);
    assert_int_equal(e.classes, 0);
    assert_true(isnan(e.entropy) && isnan(e.probe.bound) && isfinite(e.mine.value));
    sample_free(&s);
}

static void bad_shapes(void **state) {
    (void)state;
    Sample s = sample_create(2, 0.1, true, 6);
    PairParams params = quick_params();
    PairEstimate e;
    Error error = {0};
    assert_false(estimate_pairs(&params, matrix_rows(s.hidden, 0, 100), s.belief, &e, &error));
    assert_non_null(strstr(error.message, "[100, 16]"));
    assert_false(estimate_pairs(&params, matrix_rows(s.hidden, 0, 4), matrix_rows(s.belief, 0, 4), &e, &error));
    assert_non_null(strstr(error.message, "too few"));
    sample_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_beliefs),       cmocka_unit_test(many_beliefs),
        cmocka_unit_test(independent_pairs), cmocka_unit_test(rows_that_are_not_finite),
        cmocka_unit_test(constant_columns),  cmocka_unit_test(continuous_beliefs),
        cmocka_unit_test(bad_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
