// The preprocessing in front of the estimators, and the sanity of their estimates together (claim B8 of the belief study): nothing
// exceeds the entropy of the beliefs, two separated beliefs are ln 2, independent pairs are nothing.
#include <math.h>

#include "analysis/information/estimators.h"
#include "analysis/information/mine.h"
#include "analysis/information/probe.h"
#include "analysis/information/sample.h"
#include "core/rng.h"
#include "tests/support.h"

enum { HALF = 1000, HIDDEN = 16 };

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

static MineParams quick_mine(void) {
    MineParams params;
    param_defaults(&mine_params, &params);
    params.hidden = 64;
    params.batch = 128;
    params.epochs = 60;
    return params;
}

// One-hot beliefs over `states`; the hidden state is a random code of the belief plus uniform noise, or all noise.
static InformationPairs pairs_create(int states, double noise, bool informed, uint32_t stream) {
    Matrix hidden = matrix_view(DTYPE_F32, 2 * HALF, HIDDEN, memory_zeroed(2 * HALF * HIDDEN, sizeof(float)));
    Matrix belief = matrix_view(DTYPE_F32, 2 * HALF, states, memory_zeroed(2 * HALF * (size_t)states, sizeof(float)));
    Rng rng = rng_stream(0, RNG_TEST, stream);
    double *code = memory_alloc((size_t)states * HIDDEN * sizeof *code);
    for (int i = 0; i < states * HIDDEN; i++) code[i] = rng_between(&rng, -1, 1);
    for (int i = 0; i < 2 * HALF; i++) {
        int which = (int)rng_below(&rng, (uint32_t)states);
        matrix_set(belief, i, which, 1);
        for (int j = 0; j < HIDDEN; j++) {
            matrix_set(hidden, i, j, (informed ? code[which * HIDDEN + j] : 0) + rng_between(&rng, -noise, noise));
        }
    }
    free(code);
    return (InformationPairs){hidden, 1, {{belief, 1, true}}};
}

static void pairs_free(InformationPairs *pairs) {
    free(pairs->x.data);
    free(pairs->y[0].rows.data);
}

static Sample prepared(const InformationPairs *pairs) {
    Sample sample;
    Error error = {0};
    if (!sample_prepare(pairs, &sample, &error)) fail_msg("%s", error.message);
    return sample;
}

static InformationEstimate estimate(const Sample *sample, const EstimatorType *type, const void *params) {
    InformationEstimate e;
    Error error = {0};
    if (!sample_estimate(sample, type, params, 1, linalg_portable(), &e, &error)) fail_msg("%s", error.message);
    return e;
}

static InformationEstimate mine_of(const Sample *sample, int epochs, int restarts) {
    MineParams params = quick_mine();
    params.epochs = epochs;
    params.restarts = restarts;
    return estimate(sample, &estimator_mine, &params);
}

static InformationEstimate probe_of(const Sample *sample) {
    ProbeParams params;
    param_defaults(&probe_params, &params);
    return estimate(sample, &estimator_probe, &params);
}

// ---- estimates ------------------------------------------------------------------------------------------------------

// The stuck policy: it sees one of two cues and nothing else, so H(b) = ln 2, and the hidden state shows it.
static void two_beliefs(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(2, 0.01, true, 0);
    Sample sample = prepared(&pairs);
    assert_close(sample_entropy(&sample, 0), log(2), 0.005);
    InformationEstimate mine = mine_of(&sample, 60, 1);
    assert_close(mine.value, log(2), 0.03);
    assert_close(probe_of(&sample).value, log(2), 0.03);
    assert_false(mine.unreliable);
    assert_int_equal(mine.pairs, HALF);
    assert_true(mine.low < mine.value && mine.value < mine.high && mine.high - mine.low < 0.2);
    sample_free(&sample);
    pairs_free(&pairs);
}

// The solved T-Maze with L = 10: 22 equiprobable beliefs.
static void many_beliefs(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(22, 0.3, true, 1);
    Sample sample = prepared(&pairs);
    double entropy = sample_entropy(&sample, 0);
    assert_close(entropy, log(22), 0.03);
    InformationEstimate mine = mine_of(&sample, 100, 2), probe = probe_of(&sample);
    assert_true(mine.value <= entropy + 0.1 && mine.value > entropy - 0.6);
    assert_true(isfinite(mine.sd));
    assert_true(probe.value <= entropy && probe.value > entropy - 0.2);
    assert_close(probe.ceiling, entropy, 1e-12);
    sample_free(&sample);
    pairs_free(&pairs);
}

static void independent_pairs(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(6, 1, false, 2);
    Sample sample = prepared(&pairs);
    assert_close(mine_of(&sample, 60, 1).value, 0, 0.05);
    double probe = probe_of(&sample).value;
    assert_true(probe < 0.01 && probe > -0.3);
    sample_free(&sample);
    pairs_free(&pairs);
}

// ---- preprocessing --------------------------------------------------------------------------------------------------

static void rows_that_are_not_finite(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(2, 0.1, true, 3);
    for (int i = 0; i < 15; i++) matrix_set(pairs.x, 7 * i, 2, NAN);
    for (int i = 0; i < 5; i++) matrix_set(pairs.y[0].rows, HALF + 7 * i, 1, INFINITY);
    Sample sample = prepared(&pairs);
    assert_int_equal(sample.rejected, 20);
    assert_int_equal(sample.train, HALF - 15);
    assert_int_equal(sample.test, HALF - 5);
    assert_true(matrix_finite(sample.pairs.x) && matrix_finite(sample.pairs.y[0].rows));
    assert_true(matrix_get(sample.pairs.x, 0, 0) == matrix_get(pairs.x, 1, 0));    // row 0 went
    assert_true(isfinite(mine_of(&sample, 3, 1).value));
    sample_free(&sample);
    matrix_set(pairs.x, 200, 0, NAN);    // one more than 1 %
    Error error = {0};
    assert_false(sample_prepare(&pairs, &sample, &error));
    assert_non_null(strstr(error.message, "21 of 2000"));
    pairs_free(&pairs);
}

// Columns that never change say nothing; a side made of nothing else has no information, by definition.
static void constant_columns(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(2, 0.1, true, 4);
    for (int i = 0; i < 2 * HALF; i++) matrix_set(pairs.x, i, 3, 0.5);
    Sample sample = prepared(&pairs);
    assert_int_equal(sample.constant_x, 1);
    assert_false(sample.empty);
    sample_free(&sample);
    for (int i = 0; i < 2 * HALF; i++) matrix_set(pairs.y[0].rows, i, 0, 1), matrix_set(pairs.y[0].rows, i, 1, 0);
    sample = prepared(&pairs);
    assert_int_equal(sample.constant_y, 2);
    assert_true(sample.empty);
    for (size_t i = 0; i < estimator_type_count; i++) {
        void *params = memory_zeroed(1, estimator_types[i]->params->struct_size);
        param_defaults(estimator_types[i]->params, params);
        InformationEstimate e = estimate(&sample, estimator_types[i], params);
        assert_true(e.value == 0 && !e.unreliable && e.pairs == HALF);
        free(params);
    }
    assert_close(sample_entropy(&sample, 0), 0, 0);
    sample_free(&sample);
    pairs_free(&pairs);
}

// Continuous beliefs have no finite entropy. Columns may be a view of a wider array.
static void views_and_continuous_beliefs(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(2, 0.1, true, 5);
    InformationPairs view = {matrix_cols(pairs.x, 2, 4), 1, {{matrix_cols(pairs.x, 0, 2), 1, false}}};
    Sample sample = prepared(&view);
    assert_true(isnan(sample_entropy(&sample, 0)));
    assert_true(matrix_get(sample.pairs.x, 5, 1) == matrix_get(pairs.x, 5, 3));
    assert_true(isfinite(mine_of(&sample, 3, 1).value));
    sample_free(&sample);
    pairs_free(&pairs);
}

static void bad_shapes(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(2, 0.1, true, 6), cut = pairs;
    Sample sample;
    Error error = {0};
    cut.x = matrix_rows(pairs.x, 0, 100);
    assert_false(sample_prepare(&cut, &sample, &error));
    assert_non_null(strstr(error.message, "[100, 16]"));
    cut.x = matrix_rows(pairs.x, 0, 2);
    cut.y[0].rows = matrix_rows(pairs.y[0].rows, 0, 2);
    assert_false(sample_prepare(&cut, &sample, &error));
    assert_non_null(strstr(error.message, "too few"));
    pairs_free(&pairs);
}

static void sets_need_an_estimator_for_sets(void **state) {
    (void)state;
    InformationPairs pairs = pairs_create(4, 0.1, true, 7);
    pairs.y[0].particles = 2;
    pairs.y[0].discrete = false;
    Sample sample = prepared(&pairs);
    InformationEstimate e;
    Error error = {0};
    ProbeParams params;
    param_defaults(&probe_params, &params);
    assert_false(sample_estimate(&sample, &estimator_probe, &params, 1, linalg_portable(), &e, &error));
    assert_non_null(strstr(error.message, "sets of 2 particles"));
    assert_true(isfinite(mine_of(&sample, 3, 1).value));
    sample_free(&sample);
    pairs_free(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_beliefs),       cmocka_unit_test(many_beliefs),
        cmocka_unit_test(independent_pairs), cmocka_unit_test(rows_that_are_not_finite),
        cmocka_unit_test(constant_columns),  cmocka_unit_test(views_and_continuous_beliefs),
        cmocka_unit_test(bad_shapes),        cmocka_unit_test(sets_need_an_estimator_for_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
