// The softmax probe: its bound on cases whose information is known, its optimum, its floor for classes never seen.
#include "analysis/information/entropy.h"
#include "analysis/information/probe.h"
#include "tests/analysis/information/normal_pairs.h"

enum { HALF = 500, WIDTH = 6, CLASSES = 8 };

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

typedef struct Data {
    float hidden[2 * HALF * WIDTH];
    int label[2 * HALF];
} Data;

static ProbePairs half(Data *data, int which) {
    Matrix all = matrix_view(DTYPE_F32, 2 * HALF, WIDTH, data->hidden);
    return (ProbePairs){matrix_rows(all, which * HALF, HALF), data->label + which * HALF};
}

static ProbeParams default_params(void) {
    ProbeParams params;
    param_defaults(&probe_params, &params);
    return params;
}

static ProbeEstimate probe(Data *data, int classes) {
    ProbeParams params = default_params();
    return probe_estimate(&params, half(data, 0), half(data, 1), classes, linalg_portable());
}

// Hidden states around one corner of a cube per class: linearly separable when `noise` < 1/2.
static void corners(Data *data, double noise, Rng *rng) {
    for (int i = 0; i < 2 * HALF; i++) {
        data->label[i] = (int)rng_below(rng, CLASSES);
        for (int j = 0; j < WIDTH; j++) {
            int bit = j < 3 ? (data->label[i] >> j) & 1 : 0;
            data->hidden[i * WIDTH + j] = (float)(bit + rng_between(rng, -noise, noise));
        }
    }
}

static void separable_classes(void **state) {
    (void)state;
    Data *data = memory_alloc(sizeof *data);
    Rng rng = rng_stream(0, RNG_TEST, 0);
    corners(data, 0.2, &rng);
    ProbeEstimate e = probe(data, CLASSES);
    assert_close(e.entropy, entropy_plug_in(data->label + HALF, HALF, CLASSES), 1e-15);
    assert_close(e.bound, e.entropy, 0.06);    // what the penalty costs
    assert_true(e.bound < e.entropy);
    assert_close(e.accuracy, 1, 0);
    assert_close(e.mixed, 0.001, 0);
    ProbeEstimate again = probe(data, CLASSES);
    assert_memory_equal(&e.bound, &again.bound, sizeof e.bound);
    // Shift and scale of the columns do not matter.
    for (int i = 0; i < 2 * HALF * WIDTH; i++) data->hidden[i] = 3 + 0.01f * data->hidden[i];
    assert_close(probe(data, CLASSES).bound, e.bound, 1e-3);
    free(data);
}

// Nothing to find: the bound is about zero, from below, and far from H(b).
static void independent_pairs(void **state) {
    (void)state;
    Data *data = memory_alloc(sizeof *data);
    Rng rng = rng_stream(1, RNG_TEST, 0);
    corners(data, 0.2, &rng);
    for (int i = 0; i < 2 * HALF; i++) data->label[i] = (int)rng_below(&rng, CLASSES);
    ProbeEstimate e = probe(data, CLASSES);
    assert_true(e.bound < 0.02 && e.bound > -0.2);
    free(data);
}

// Two normal classes at +-1 with deviation 1: logistic regression holds the truth, so its cross-entropy is H(b | h).
// I(h; b) = 0.336831 nats, by quadrature of the mixture's entropy (below).
static double two_normals_information(void) {
    double entropy = 0, step = 1e-3;
    for (double x = -12; x < 12; x += step) {
        double p = 0.5 * (exp(-0.5 * (x - 1) * (x - 1)) + exp(-0.5 * (x + 1) * (x + 1))) / sqrt(2 * M_PI);
        entropy -= step * p * log(p);
    }
    return entropy - 0.5 * log(2 * M_PI * M_E);
}

static void two_normals(void **state) {
    (void)state;
    enum { MANY = 20000 };
    double truth = two_normals_information();
    assert_close(truth, 0.336831, 1e-5);
    float *hidden = memory_alloc(MANY * sizeof *hidden);
    int *label = memory_alloc(MANY * sizeof *label);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    for (int i = 0; i < MANY; i++) {
        label[i] = (int)rng_below(&rng, 2);
        double normal = sqrt(-2 * log(1 - rng_uniform(&rng))) * cos(2 * M_PI * rng_uniform(&rng));
        hidden[i] = (float)(2 * label[i] - 1 + normal);
    }
    ProbeParams params = default_params();
    Matrix all = matrix_view(DTYPE_F32, MANY, 1, hidden);
    ProbePairs train = {matrix_rows(all, 0, MANY / 2), label}, test = {matrix_rows(all, MANY / 2, MANY / 2), label + MANY / 2};
    assert_close(probe_estimate(&params, train, test, 2, linalg_portable()).bound, truth, 0.02);
    // The optimum is where the gradient vanishes: more iterations change nothing.
    params.tolerance = 1e-7;
    params.iterations = 1000;
    double fine = probe_estimate(&params, train, test, 2, linalg_portable()).train_cross_entropy;
    params = default_params();
    assert_close(probe_estimate(&params, train, test, 2, linalg_portable()).train_cross_entropy, fine, 1e-4);
    free(hidden);
    free(label);
}

// A class that only the test half has costs ln(classes / epsilon), not infinity; singletons raise epsilon.
static void unseen_class(void **state) {
    (void)state;
    Data *data = memory_alloc(sizeof *data);
    Rng rng = rng_stream(3, RNG_TEST, 0);
    corners(data, 0.2, &rng);
    for (int i = 0; i < HALF; i++) data->label[i] %= 4;
    for (int i = HALF; i < 2 * HALF; i++) data->label[i] = 7;
    ProbeEstimate e = probe(data, CLASSES);
    assert_close(e.cross_entropy, log(CLASSES / 0.001), 1e-9);
    assert_close(e.accuracy, 0, 0);
    assert_close(e.entropy, 0, 0);
    for (int i = 0; i < 50; i++) data->label[i] = 8 + i;    // each once
    assert_close(probe(data, 58).mixed, 50.0 / HALF, 1e-15);
    free(data);
}

static void single_class(void **state) {
    (void)state;
    Data *data = memory_alloc(sizeof *data);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    corners(data, 0.2, &rng);
    for (int i = 0; i < 2 * HALF; i++) data->label[i] = 0;
    ProbeEstimate e = probe(data, 1);
    assert_close(e.entropy, 0, 0);
    assert_close(e.bound, 0, 1e-12);
    free(data);
}

// Nothing to read: q is what training has of each class, and the loss takes two values.
static void standard_error(void **state) {
    (void)state;
    Data *data = memory_zeroed(1, sizeof *data);
    for (int i = 0; i < HALF; i++) data->label[i] = i % 4 == 0;
    for (int i = 0; i < HALF; i++) data->label[HALF + i] = i % 2;
    ProbeEstimate e = probe(data, 2);
    double one = (1 - e.mixed) / 4 + e.mixed / 2;
    assert_close(e.cross_entropy, -0.5 * log(one * (1 - one)), 1e-3);
    assert_close(e.standard_error, 0.5 * log((1 - one) / one) / sqrt(HALF - 1), 1e-4);
    free(data);
}

// ---- the estimator ------------------------------------------------------------------------------------------------------------

static InformationEstimate estimate(const InformationTask *task) {
    ProbeParams params = default_params();
    return normal_pairs_estimate(&estimator_probe, &params, task);
}

// Two labels as two discrete parts, and a continuous part that is left out: classes are the pairs of labels.
static void discrete_parts(void **state) {
    (void)state;
    Data *data = memory_alloc(sizeof *data);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    corners(data, 0.3, &rng);
    float part[2][2 * HALF];
    for (int i = 0; i < 2 * HALF; i++) {
        data->label[i] %= 4;
        part[0][i] = 0.25f * (float)(data->label[i] % 2), part[1][i] = data->label[i] < 2 ? 0.5f : -0.5f;
    }
    InformationTask task = {.linalg = linalg_portable()};
    InformationPairs *pairs[] = {&task.train, &task.test};
    for (int h = 0; h < 2; h++) {
        *pairs[h] = (InformationPairs){half(data, h).hidden,
                                       3,
                                       {{matrix_view(DTYPE_F32, HALF, 1, part[0] + h * HALF), 1, true},
                                        {half(data, h).hidden, 1, false},
                                        {matrix_view(DTYPE_F32, HALF, 1, part[1] + h * HALF), 1, true}}};
    }
    InformationEstimate e = estimate(&task);
    int classes[2 * HALF], number[4] = {-1, -1, -1, -1}, seen = 0;    // in order of appearance, as entropy_classes has them
    for (int i = 0; i < 2 * HALF; i++) {
        if (number[data->label[i]] < 0) number[data->label[i]] = seen++;
        classes[i] = number[data->label[i]];
    }
    memcpy(data->label, classes, sizeof classes);
    ProbeEstimate same = probe(data, 4);
    assert_close(e.value, same.bound, 0);
    assert_close(e.ceiling, same.entropy, 0);
    assert_close(e.ceiling, log(4), 0.02);
    assert_close(e.high - e.low, 2 * 1.96 * same.standard_error, 1e-4 * same.standard_error);
    assert_close((e.high + e.low) / 2, e.value, 1e-12);
    assert_true(e.train >= e.value - 0.05 && !e.unreliable && isnan(e.ess) && isnan(e.sd) && isnan(e.validation));
    assert_int_equal(e.pairs, HALF);
    free(data);
}

static void continuous_y(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(2000, 2000, 1, 0.75, 6), apart = normal_pairs(2000, 2000, 2, 0, 7);
    InformationEstimate e = estimate(&pairs.task), again = estimate(&pairs.task), nothing = estimate(&apart.task);
    assert_close(e.value, 0.413339, 0.05);
    assert_true(e.low < 0.413339 && e.high > 0.413339 && isnan(e.ceiling) && !e.unreliable);
    assert_memory_equal(&e, &again, sizeof e.value);
    assert_close(nothing.value, 0, 0.005);
    assert_true(nothing.low < 0.001 && nothing.high > -0.001);
    normal_pairs_free(&pairs);
    normal_pairs_free(&apart);
}

// As many columns of x as pairs to fit: learned by heart, and said so. And too few pairs for the columns of y.
static void few_pairs(void **state) {
    (void)state;
    NormalPairs pairs = normal_pairs(30, 60, 20, 0, 8);
    InformationEstimate e = estimate(&pairs.task);
    assert_true(e.unreliable && e.train > e.value + 1);
    normal_pairs_free(&pairs);
    pairs = normal_pairs(30, 10, 20, 0, 9);
    ProbeParams params = default_params();
    Error error = {0};
    assert_false(estimator_probe.estimate(&params, &pairs.task, &e, &error));
    support_assert_has(error.message, "30 training and 10 test pairs");
    assert_true(isnan(e.value));
    normal_pairs_free(&pairs);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separable_classes), cmocka_unit_test(independent_pairs), cmocka_unit_test(two_normals),
        cmocka_unit_test(unseen_class),      cmocka_unit_test(single_class),      cmocka_unit_test(standard_error),
        cmocka_unit_test(discrete_parts),    cmocka_unit_test(continuous_y),      cmocka_unit_test(few_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
