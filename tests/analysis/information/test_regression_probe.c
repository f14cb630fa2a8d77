// The regression probe against closed forms: Gaussian pairs, R^2 of one column, directions that are none; and what it is invariant to.
#include "analysis/information/regression_probe.h"
#include "core/normal.h"
#include "tests/support.h"

static void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

typedef struct Sample {
    Matrix x, y;
} Sample;

static Matrix zeros(int rows, int cols) {
    return matrix_view(DTYPE_F64, rows, cols, memory_zeroed((size_t)rows * (size_t)cols, sizeof(double)));
}

// y_j = rho x_j + sqrt(1 - rho^2) noise; x has columns to spare.
static Sample normals(int n, int dx, int dy, double rho, uint64_t stream) {
    Sample s = {zeros(n, dx), zeros(n, dy)};
    Rng rng = rng_stream(stream, RNG_TEST, 0);
    rng_normals(&rng, s.x);
    rng_normals(&rng, s.y);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < dy; j++)
            matrix_set(s.y, i, j, rho * matrix_get(s.x, i, j) + sqrt(1 - rho * rho) * matrix_get(s.y, i, j));
    }
    return s;
}

static void sample_free(Sample *s) {
    free(s->x.data);
    free(s->y.data);
}

static RegressionPairs half(const Sample *s, int which) {
    int n = s->x.rows / 2;
    return (RegressionPairs){matrix_rows(s->x, which * n, n), matrix_rows(s->y, which * n, n)};
}

static RegressionEstimate probe(const Sample *s, double penalty) {
    RegressionEstimate e;
    Error error = {0};
    if (!regression_probe(penalty, half(s, 0), half(s, 1), linalg_portable(), &e, &error)) fail_msg("%s", error.message);
    return e;
}

static void gaussian_information(void **state) {
    (void)state;
    Sample s = normals(4000, 8, 3, 0.75, 0);
    double truth = -1.5 * log(1 - 0.75 * 0.75);
    RegressionEstimate e = probe(&s, 0.001);
    assert_near(e.information, truth, 0.05);
    assert_int_equal(e.directions, 3);
    assert_true(fabs(e.information - truth) < 4 * e.standard_error);
    // sqrt(rho^2 / n) for each of three independent columns: Var of 1/2 (y^2 - e^2), both with variance 1 and correlation sqrt(1 - rho^2).
    assert_near(e.standard_error, sqrt(3 * 0.75 * 0.75 / 2000), 0.002);
    RegressionEstimate again = probe(&s, 0.001);
    assert_memory_equal(&e, &again, sizeof e.information);
    sample_free(&s);
}

// With one column: -1/2 log(1 - R^2), R^2 by hand from the same line.
static void one_column(void **state) {
    (void)state;
    Sample s = normals(60, 1, 1, 0.6, 1);
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0, total = 0, error_mean = 0, left = 0, test_mean = 0;
    for (int i = 0; i < 30; i++) mean_x += matrix_get(s.x, i, 0) / 30, mean_y += matrix_get(s.y, i, 0) / 30;
    for (int i = 0; i < 30; i++) {
        xx += pow(matrix_get(s.x, i, 0) - mean_x, 2);
        xy += (matrix_get(s.x, i, 0) - mean_x) * (matrix_get(s.y, i, 0) - mean_y);
    }
    const double penalty = 0.3;
    double slope = xy / (xx * (1 + penalty));    // penalty / 2 on the square of slope times the deviation of x
    for (int i = 30; i < 60; i++) {
        error_mean += (matrix_get(s.y, i, 0) - slope * matrix_get(s.x, i, 0)) / 30;
        test_mean += matrix_get(s.y, i, 0) / 30;
    }
    for (int i = 30; i < 60; i++) {
        left += pow(matrix_get(s.y, i, 0) - slope * matrix_get(s.x, i, 0) - error_mean, 2);
        total += pow(matrix_get(s.y, i, 0) - test_mean, 2);
    }
    assert_near(probe(&s, penalty).information, -0.5 * log(left / total), 1e-12);
    sample_free(&s);
}

static void independent_pairs(void **state) {
    (void)state;
    Sample s = normals(4000, 20, 4, 0, 2);
    RegressionEstimate e = probe(&s, 0.001);
    assert_near(e.information, -4 * 20 / 4000.0, 0.012);    // what 20 useless weights for each column cost: dx / (2 n)
    assert_near(e.train, 4 * 20 / 4000.0, 0.012);           // and what they seem to gain
    sample_free(&s);
}

// Columns of y that repeat or complete others, or never change, and another basis of y: the same information.
static void directions_of_y(void **state) {
    (void)state;
    Sample s = normals(400, 3, 2, 0.7, 3), wide = {s.x, zeros(400, 6)};
    double plain = probe(&s, 0.01).information;
    for (int i = 0; i < 400; i++) {
        double a = matrix_get(s.y, i, 0), b = matrix_get(s.y, i, 1);
        const double column[] = {5 + 100 * a, a - b, 1 - a - b, 0.1, b, a + 2 * b};
        for (int j = 0; j < 6; j++) matrix_set(wide.y, i, j, column[j]);
    }
    RegressionEstimate e = probe(&wide, 0.01);
    assert_int_equal(e.directions, 2);
    assert_near(e.information, plain, 1e-9);
    for (int i = 0; i < 400; i++) matrix_set(s.x, i, 1, 7 - 1000 * matrix_get(s.x, i, 1));    // and x's own units
    assert_near(probe(&s, 0.01).information, plain, 1e-9);
    free(wide.y.data);
    sample_free(&s);
}

// Sums to one in float, as beliefs do: the rounding is no direction.
static void beliefs_in_float(void **state) {
    (void)state;
    enum { N = 400 };
    Sample s = normals(N, 3, 3, 0.7, 4);
    Matrix narrow = matrix_view(DTYPE_F32, N, 3, memory_alloc(N * 3 * sizeof(float)));
    for (int i = 0; i < N; i++) {
        double weight[3], sum = 0;
        for (int j = 0; j < 3; j++) sum += weight[j] = exp(matrix_get(s.y, i, j));
        for (int j = 0; j < 3; j++) matrix_set(narrow, i, j, weight[j] / sum);
    }
    Sample beliefs = {s.x, narrow};
    RegressionEstimate e = probe(&beliefs, 0.001);
    assert_int_equal(e.directions, 2);
    assert_true(e.information > 0.3 && e.information < 2);
    free(narrow.data);
    sample_free(&s);
}

static void nothing_varies(void **state) {
    (void)state;
    Sample s = normals(100, 2, 2, 0.7, 5);
    for (int i = 0; i < 100; i++) matrix_set(s.x, i, 0, 0.1), matrix_set(s.x, i, 1, 0.7);
    RegressionEstimate e = probe(&s, 0);
    assert_near(e.information, 0, 1e-12);    // nothing to read from
    assert_int_equal(e.directions, 2);
    for (int i = 50; i < 100; i++) matrix_set(s.y, i, 0, 0.1), matrix_set(s.y, i, 1, 3);
    e = probe(&s, 0);
    assert_int_equal(e.directions, 0);    // nothing to read
    assert_true(e.information == 0 && e.standard_error == 0);
    sample_free(&s);
}

// x repeats a column: without a penalty of its own the fit still has one solution. What it knows exactly is large, and finite.
static void collinear_x(void **state) {
    (void)state;
    Sample s = normals(200, 2, 1, 1, 6);
    for (int i = 0; i < 200; i++) matrix_set(s.x, i, 1, matrix_get(s.x, i, 0));
    RegressionEstimate e = probe(&s, 0);
    assert_true(isfinite(e.information) && e.information > 10);
    sample_free(&s);
}

static void few_pairs(void **state) {
    (void)state;
    Sample s = normals(10, 4, 4, 0.5, 7);
    RegressionEstimate e;
    Error error = {0};
    assert_false(regression_probe(0.001, half(&s, 0), half(&s, 1), linalg_portable(), &e, &error));
    support_assert_has(error.message, "5 training and 5 test pairs");
    support_assert_has(error.message, "at least 6");
    sample_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_information), cmocka_unit_test(one_column),       cmocka_unit_test(independent_pairs),
        cmocka_unit_test(directions_of_y),      cmocka_unit_test(beliefs_in_float), cmocka_unit_test(nothing_varies),
        cmocka_unit_test(collinear_x),          cmocka_unit_test(few_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
