// Limited-memory BFGS on functions whose minima are known.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/minimise.h"

enum { SIZE = 50 };

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

// 1/2 sum c_i (x_i - i)^2 with c from 1 to 100.
static double quadratic(void *context, const double *x, double *gradient) {
    (void)context;
    double value = 0;
    for (int i = 0; i < SIZE; i++) {
        double c = pow(10, 2.0 * i / (SIZE - 1));
        gradient[i] = c * (x[i] - i);
        value += 0.5 * gradient[i] * (x[i] - i);
    }
    return value;
}

static void ill_conditioned_quadratic(void **state) {
    (void)state;
    double x[SIZE] = {0};
    Minimum minimum = minimise(quadratic, NULL, SIZE, x, 1000, 1e-8);
    assert_true(minimum.converged && minimum.gradient_norm <= 1e-8);
    assert_true(minimum.evaluations < 2 * minimum.iterations);
    for (int i = 0; i < SIZE; i++) assert_close(x[i], i, 1e-7);
    assert_close(minimum.value, 0, 1e-12);
}

// log(2 cosh x): its slope saturates, so full steps overshoot from far away.
static double saturating(void *context, const double *x, double *gradient) {
    ++*(int *)context;
    gradient[0] = tanh(x[0] - 3);
    return fabs(x[0] - 3) + log1p(exp(-2 * fabs(x[0] - 3)));
}

static void saturating_slope(void **state) {
    (void)state;
    double x = -40;
    int calls = 0;
    Minimum minimum = minimise(saturating, &calls, 1, &x, 200, 1e-7);
    assert_true(minimum.converged);
    assert_int_equal(calls, minimum.evaluations);
    assert_close(x, 3, 1e-6);
    // At the minimum already: one evaluation says so.
    calls = 0;
    minimise(saturating, &calls, 1, &x, 200, 1e-7);
    assert_int_equal(calls, 1);
}

static void few_iterations(void **state) {
    (void)state;
    double x[SIZE] = {0}, unused[SIZE], start = quadratic(NULL, x, unused);
    Minimum minimum = minimise(quadratic, NULL, SIZE, x, 3, 1e-8);
    assert_false(minimum.converged);
    assert_int_equal(minimum.iterations, 3);
    assert_true(minimum.value < start);
    assert_close(quadratic(NULL, x, unused), minimum.value, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ill_conditioned_quadratic),
        cmocka_unit_test(saturating_slope),
        cmocka_unit_test(few_iterations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
