// Elementary functions that give the same bits on every supported machine: what digested code calls instead of libm. The vector forms
// work on whole matrices (core/kernels.h); these are the scalar ones, for places outside hot loops.
#pragma once

static const double vmath_pi = 3.14159265358979324;

double vmath_exp(double x);
double vmath_log(double x);
double vmath_tanh(double x);
double vmath_logistic(double x);
double vmath_sin(double x);    // every finite x; NaN for infinity
double vmath_cos(double x);

// sqrt(-2 ln u) cos(2 pi v): a standard normal variate from independent uniform u in (0, 1], v in [0, 1) (core/normal.h).
double vmath_normal(double u, double v);

// ln(e^a + e^b) without overflow.
double vmath_log_add_exp(double a, double b);
