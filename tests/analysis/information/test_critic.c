// The separable critic: gradients by finite differences, how blocks are cut and averaged, what training keeps, what the columns are.
#include "analysis/information/bounds.h"
#include "analysis/information/critic.h"
#include "tests/analysis/information/normal_pairs.h"

static CriticParams small_params(void) {
    CriticParams params;
    param_defaults(&critic_params, &params);
    params.hidden = 16;
    params.embedding = 4;
    params.batch = 64;
    params.epochs = 10;
    return params;
}

// ---- bounds of the tests ----------------------------------------------------------------------------------------------------

static double objective_js(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)params, (void)work;
    return bound_js(kernels, scores, gradient);
}

static double objective_smile(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)work;
    return bound_smile(kernels, scores, params->smile_tau, gradient);
}

static double objective_without_direction(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient,
                                          Matrix work) {
    (void)params, (void)kernels, (void)work;
    for (int i = 0; i < scores.rows; i++) matrix_set(gradient, i, i, NAN);
    return 0;
}

static double value_trace(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)params, (void)kernels, (void)gradient, (void)work;
    double sum = 0;
    for (int i = 0; i < scores.rows; i++) sum += matrix_get(scores, i, i);
    return sum;
}

static double size_of_first(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix work) {
    (void)params, (void)kernels, (void)work;
    return 1 + fabs(matrix_get(scores, 0, 0));
}

static const CriticBound js = {.objective = objective_js}, smile = {.objective = objective_smile},
                         blind = {.objective = objective_without_direction},
                         trace = {.objective = objective_js, .value = value_trace, .effective_size = size_of_first};

// ---- one network ------------------------------------------------------------------------------------------------------------

enum { PAIRS = 7, X = 3, Y = 2 };

typedef struct Data {
    double x[PAIRS * X], y[PAIRS * Y];
    CriticPairs pairs;
} Data;

static Data *data_create(Rng *rng) {
    Data *data = memory_alloc(sizeof *data);
    for (int i = 0; i < PAIRS * X; i++) data->x[i] = rng_between(rng, -2, 2);
    for (int i = 0; i < PAIRS * Y; i++) data->y[i] = rng_between(rng, -2, 2);
    data->pairs =
        (CriticPairs){.x = matrix_view(DTYPE_F64, PAIRS, X, data->x), .vector = matrix_view(DTYPE_F64, PAIRS, Y, data->y)};
    return data;
}

static void check_gradient(const CriticBound *bound) {
    CriticParams params = small_params();
    params.hidden = 5;
    Rng rng = rng_stream(0, RNG_TEST, 0);
    Data *data = data_create(&rng);
    const int row[] = {4, 0, 6, 1, 3};
    Critic *critic = critic_create(&params, bound, &data->pairs, PAIRS, DTYPE_F64, linalg_portable());
    critic_initialise(critic, &rng);
    critic_objective(critic, &data->pairs, row, 5);
    Matrix values = weights_values(critic_weights(critic)), slopes = weights_gradients(critic_weights(critic));
    double found[400], worst = 0;
    assert_true(values.cols <= 400);
    for (int i = 0; i < values.cols; i++) found[i] = matrix_get(slopes, 0, i);
    for (int i = 0; i < values.cols; i++) {
        double at = matrix_get(values, 0, i), step = 1e-6;
        matrix_set(values, 0, i, at + step);
        double above = critic_objective(critic, &data->pairs, row, 5);
        matrix_set(values, 0, i, at - step);
        double below = critic_objective(critic, &data->pairs, row, 5);
        matrix_set(values, 0, i, at);
        worst = fmax(worst, fabs(found[i] + (above - below) / (2 * step)));
    }
    assert_true(worst < 1e-8);
    critic_destroy(critic);
    free(data);
}

static void gradients(void **state) {
    (void)state;
    check_gradient(&js);
    check_gradient(&smile);
}

// Blocks of three in the order given, compared with each by itself.
static void blocks(void **state) {
    (void)state;
    CriticParams params = small_params();
    params.batch = 3;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    Data *data = data_create(&rng);
    const int order[PAIRS] = {6, 2, 0, 5, 1, 3, 4};    // row 4 fills no block
    Critic *critic = critic_create(&params, &trace, &data->pairs, PAIRS, DTYPE_F64, linalg_portable());
    critic_initialise(critic, &rng);
    CriticValue all = critic_value(critic, &data->pairs, order);
    assert_int_equal(all.blocks, 2);
    assert_int_equal(all.block, 3);
    double part[2], size[2], objective[2];
    for (int b = 0; b < 2; b++) {
        CriticPairs three = {.x = matrix_view(DTYPE_F64, 3, X, memory_alloc(3 * X * sizeof(double))),
                             .vector = matrix_view(DTYPE_F64, 3, Y, memory_alloc(3 * Y * sizeof(double)))};
        const int plain[] = {0, 1, 2};
        for (int i = 0; i < 3; i++) {
            matrix_copy(matrix_rows(data->pairs.x, order[3 * b + i], 1), matrix_rows(three.x, i, 1));
            matrix_copy(matrix_rows(data->pairs.vector, order[3 * b + i], 1), matrix_rows(three.vector, i, 1));
        }
        CriticValue one = critic_value(critic, &three, plain);
        assert_int_equal(one.blocks, 1);
        assert_true(isnan(one.variance));
        part[b] = one.value, size[b] = one.ess, objective[b] = one.objective;
        free(three.x.data);
        free(three.vector.data);
    }
    assert_near(all.value, (part[0] + part[1]) / 2, 1e-12);
    assert_near(all.objective, (objective[0] + objective[1]) / 2, 1e-12);
    assert_near(all.variance, pow(part[0] - part[1], 2) / 4, 1e-12);
    assert_near(all.ess, 4 / (1 / size[0] + 1 / size[1]), 1e-12);
    critic_destroy(critic);
    free(data);
}

// A gradient that is not finite moves nothing.
static void steps_that_are_not_finite(void **state) {
    (void)state;
    CriticParams params = small_params();
    params.batch = 3;
    params.validation = 0;
    Rng rng = rng_stream(2, RNG_TEST, 0);
    Data *data = data_create(&rng);
    Critic *critic = critic_create(&params, &blind, &data->pairs, PAIRS, DTYPE_F64, linalg_portable());
    critic_initialise(critic, &rng);
    double before = matrix_get(weights_values(critic_weights(critic)), 0, 11);
    assert_true(isnan(critic_train(critic, &data->pairs, &rng)));
    assert_true(matrix_get(weights_values(critic_weights(critic)), 0, 11) == before);
    critic_destroy(critic);
    free(data);
}

// ---- training ---------------------------------------------------------------------------------------------------------------

static InformationEstimate estimate(const CriticParams *params, const InformationTask *task) {
    InformationEstimate found;
    Error error = {0};
    if (!critic_estimate(&js, params, task, &found, &error)) fail_msg("%s", error.message);
    return found;
}

static void assert_same(InformationEstimate a, InformationEstimate b) {
    if (a.value != b.value || a.train != b.train)
        fail_msg("%.17g, %.17g are not %.17g, %.17g", a.value, a.train, b.value, b.train);
}

// Pairs that are learned by heart: the epoch that the validation pairs choose is an early one, so waiting for a better one ends training
// with the same result, and without validation the test pairs pay for it.
static void the_best_epoch_is_kept(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(160, 200, 6, 0.5, 3);
    CriticParams params = small_params();
    params.validation = 0.5;
    params.learning_rate = 0.01;
    params.epochs = 80;
    InformationEstimate whole = estimate(&params, &pairs.task);
    params.patience = 30;
    assert_near(estimate(&params, &pairs.task).validation, whole.validation, 0);
    params.epochs = 30;
    params.validation = 0;
    InformationEstimate blindly = estimate(&params, &pairs.task);
    assert_true(isnan(blindly.validation) && !isnan(whole.validation));
    assert_true(blindly.train > whole.train + 0.1 && blindly.value < whole.value - 0.2);
    assert_true(blindly.unreliable);
    normal_pairs_free(&pairs);
}

// ---- what the networks read -------------------------------------------------------------------------------------------------

// A factor of four is exact: standardised columns, and all that follows, have the same bits. So have pairs in double, and y in two parts.
static void columns(void **state) {
    (void)state;
    enum { HALF = 128 };
    NormalPairs pairs = normal_pairs(HALF, HALF, 2, 0.7, 4);
    CriticParams params = small_params();
    InformationEstimate first = estimate(&params, &pairs.task);
    InformationTask task = pairs.task;
    Matrix wide = matrix_view(DTYPE_F64, 2 * HALF, 4, memory_alloc(2 * HALF * 4 * sizeof(double)));
    for (int i = 0; i < 4 * HALF; i++) {
        matrix_set(wide, i / 2, i % 2, (double)pairs.x[i]);
        matrix_set(wide, i / 2, 2 + i % 2, (double)pairs.y[i]);
    }
    InformationPairs *half[] = {&task.train, &task.test};
    for (int h = 0; h < 2; h++) {
        Matrix part = matrix_rows(wide, h * HALF, HALF);
        *half[h] = (InformationPairs){
            matrix_cols(part, 0, 2), 2, {{matrix_cols(part, 2, 1), 1, false}, {matrix_cols(part, 3, 1), 1, false}}};
    }
    assert_same(estimate(&params, &task), first);
    for (int i = 0; i < 2 * HALF; i++) pairs.x[2 * i] *= 4;
    assert_same(estimate(&params, &pairs.task), first);
    params.scaling = CRITIC_RAW;
    assert_true(estimate(&params, &pairs.task).value != first.value);
    free(wide.data);
    normal_pairs_free(&pairs);
}

// A column that never changes says nothing, also where its mean is not quite the number that it holds.
static void constant_columns(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(300, 300, 2, 0.7, 5);
    CriticParams params = small_params();
    params.epochs = 40;
    params.learning_rate = 0.005;
    for (int i = 0; i < 600; i++) pairs.y[2 * i] = 0.1f;
    InformationEstimate one = estimate(&params, &pairs.task);
    for (int i = 0; i < 600; i++) pairs.y[2 * i] = 0;
    assert_same(estimate(&params, &pairs.task), one);
    for (int i = 0; i < 600; i++) pairs.y[2 * i + 1] = 5;
    InformationEstimate none = estimate(&params, &pairs.task);
    assert_near(none.value, -2 * log(2), 0.01);    // JS of independent pairs
    assert_true(one.value > none.value + 0.05);
    normal_pairs_free(&pairs);
}

static void few_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(30, 20, 2, 0.7, 6);
    CriticParams params = small_params();
    InformationEstimate e = estimate(&params, &pairs.task);    // one block of 20, with a batch of 64
    assert_int_equal(e.pairs, 20);
    assert_true(isfinite(e.value) && isfinite(e.validation) && isnan(e.low) && isnan(e.high) && isnan(e.sd) &&
                isnan(e.ceiling));
    InformationTask task = pairs.task;
    Error error = {0};
    task.test = (InformationPairs){matrix_rows(task.test.x, 0, 1), 1, {{matrix_rows(task.test.y[0].rows, 0, 1), 1, false}}};
    assert_false(critic_estimate(&js, &params, &task, &e, &error));
    support_assert_has(error.message, "30 training pairs");
    support_assert_has(error.message, "1 test pairs");
    assert_true(isnan(e.value));
    task = pairs.task;
    params.validation = 0.05;    // one pair
    assert_false(critic_estimate(&js, &params, &task, &e, &error));
    support_assert_has(error.message, "0.05");
    normal_pairs_free(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients),
        cmocka_unit_test(blocks),
        cmocka_unit_test(steps_that_are_not_finite),
        cmocka_unit_test(the_best_epoch_is_kept),
        cmocka_unit_test(columns),
        cmocka_unit_test(constant_columns),
        cmocka_unit_test(few_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
