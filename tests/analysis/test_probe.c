// The softmax probe: its bound on cases whose information is known, its optimum, its floor for classes never seen.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/entropy.h"
#include "analysis/probe.h"
#include "core/arena.h"
#include "core/rng.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separable_classes), cmocka_unit_test(independent_pairs), cmocka_unit_test(two_normals),
        cmocka_unit_test(unseen_class),      cmocka_unit_test(single_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
