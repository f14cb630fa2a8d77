#include "core/vmath.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/real_f64.h"

#define LANES_SCALAR
#include "core/lanes.inc.h"

#include "core/functions.inc.h"
#include "core/trigonometry.inc.h"

double vmath_exp(double x) {
    lanes_exp_each(1, &x);
    return x;
}

double vmath_log(double x) {
    return lanes_log(x);
}

double vmath_tanh(double x) {
    lanes_tanh_each(1, &x);
    return x;
}

double vmath_logistic(double x) {
    lanes_logistic_each(1, &x);
    return x;
}

double vmath_sin(double x) {
    return lanes_sin(x);
}

double vmath_cos(double x) {
    return lanes_cos(x);
}

double vmath_normal(double u, double v) {
    return lanes_normal(u, v);
}

double vmath_log_add_exp(double a, double b) {
    if (a != a || b != b) return a + b;    // NaN stays NaN
    double high = a > b ? a : b, low = a > b ? b : a;
    if (high - low == 0 || !(high - low < 1e300)) return high == low ? high + lanes_log(2.0) : high;
    return high + lanes_log(1.0 + vmath_exp(low - high));
}
