// Statistics over independent runs: estimates with an error, their intervals and tests. One run (one seed) is one value:
// episodes, time steps and checkpoints of a run are never replicates. Distributions come from GSL.
//
// Everything compared by means is an `Estimate`: a value, its standard error and the degrees of freedom of that error.
// The mean over runs, a paired difference, Welch's two arms and several tasks are then the same few lines:
//
//     Welch              estimate_difference(estimate_mean(x, nx), estimate_mean(y, ny))
//     stratified Welch   estimate_difference(estimate_stratified(x, task_x, nx), estimate_stratified(y, task_y, ny))
//     paired t           estimate_mean(x - y, n)
//
// because Satterthwaite's degrees of freedom compose: se^4 / df of a sum is the sum of se^4 / df of its terms.
//
// Undefined stays visible: non-finite input, too few values and constant input (where the statistic needs spread) give
// NaN, which no comparison takes for evidence. Levels are two-sided for intervals; `alpha` is one-sided.
#pragma once

#include <stdbool.h>

typedef enum Alternative { ALTERNATIVE_TWO_SIDED, ALTERNATIVE_GREATER, ALTERNATIVE_LESS } Alternative;

typedef struct Interval {
    double low, high;
} Interval;

// `df` may be fractional; INFINITY stands for the normal distribution. se = 0 means that the sample was constant.
typedef struct Estimate {
    double value, se, df;
} Estimate;

typedef struct TestResult {
    double statistic, p;
} TestResult;

// All NaN.
extern const Estimate estimate_undefined;
extern const TestResult test_undefined;

bool values_finite(const double *x, int n);

// p against the alternative from the two one-sided ones; two-sided: twice the smaller, at most 1. NaN if one is NaN.
double alternative_p(double greater, double less, Alternative alternative);

// Mean of n values, se = sd / sqrt(n), df = n - 1. One value: se is NaN. None, or a non-finite one: all NaN.
Estimate estimate_mean(const double *x, int n);

// a - b for independent a and b: se^2 = se_a^2 + se_b^2, df = se^4 / (se_a^4 / df_a + se_b^4 / df_b) (Welch 1947,
// Satterthwaite 1946). One of them constant: the other's df. Both constant: se = 0, df = df_a + df_b.
Estimate estimate_difference(Estimate a, Estimate b);

// Mean over the m tasks of the mean over a task's runs: se^2 = (1/m^2) sum_m s_m^2 / n_m, Satterthwaite df over the m
// terms. `stratum[i]` >= 0 is the task of x[i]; NULL means one task. A task with a single run makes the error NaN.
Estimate estimate_stratified(const double *x, const int *stratum, int n);

// One-sided bounds: the true value lies above (below) with confidence 1 - alpha. Two of them are the (1 - 2 alpha)
// interval. With se = 0 both equal the value.
double estimate_lower(Estimate e, double alpha);
double estimate_upper(Estimate e, double alpha);
Interval estimate_interval(Estimate e, double level);

// p of H0: true value = `null` against the alternative (greater: true value > null). With se = 0: 1 if the value
// does not lie on the alternative's side of the null, else 0.
double estimate_p(Estimate e, double null, Alternative alternative);

// The same with its statistic (value - null) / se; with se = 0 it is 0 at the null, otherwise infinite.
TestResult estimate_test(Estimate e, double null, Alternative alternative);

// A share on the scale log(v / (1 - v)), where its error is closer to symmetric and its bounds stay inside (0, 1):
// se / (v (1 - v)) by the delta method, the same df. A share of 0 or 1 is infinite there, without an error.
Estimate estimate_logit(Estimate share);
