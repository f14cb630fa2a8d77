// Elementary functions that give the same bits on every supported machine: what digested code calls instead of libm. The vector forms
// work on whole matrices (core/kernels.h); these are the scalar ones, for places outside hot loops.
#pragma once

double vmath_exp(double x);
double vmath_log(double x);
double vmath_tanh(double x);
double vmath_logistic(double x);

// ln(e^a + e^b) without overflow.
double vmath_log_add_exp(double a, double b);
