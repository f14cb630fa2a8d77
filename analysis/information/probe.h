// Softmax probe: what a linear reader gets out of a hidden state h about a discrete belief b, and so a cheap lower
// bound
//
//     I(h; b) = H(b) - H(b | h) >= H(b) - CE(q),      CE(q) = E[-log q(b | h)] for any predictor q      (in nats)
//
// valid because the cross-entropy of a predictor on pairs that it was not fitted on is H(b | h) + KL >= H(b | h). q is
// multinomial logistic regression on the standardised hidden state with a small quadratic penalty: strictly convex, so
// the fit is deterministic (analysis/minimise.h). H(b) is the plug-in entropy of the test pairs; it is biased low by
// about (K - 1) / (2 n), so the bound errs low.
#pragma once

#include "analysis/information/information.h"
#include "core/linalg.h"
#include "core/param.h"

typedef struct ProbeParams {
    int iterations;      // of the fit, at most
    double tolerance;    // ends when the norm of the gradient falls below it
    double penalty;      // on half the squared norm of the weights (not of the biases)
    double floor;        // smallest share of the uniform distribution mixed in
} ProbeParams;
extern const ParamTable probe_params;

typedef struct ProbePairs {
    Matrix hidden;       // [n, dh], F32
    const int *label;    // [n], 0..classes-1: entropy_classes over training and test beliefs together
} ProbePairs;

typedef struct ProbeEstimate {
    double entropy;          // plug-in H(b) of the test labels
    double cross_entropy;    // of the test labels
    double bound;            // entropy - cross_entropy: may be negative
    double accuracy;         // share of test labels that are the most probable
    double train_cross_entropy;
    double mixed;             // epsilon below
    double standard_error;    // of the bound, from how log q(label | h) - log p(label) varies over the test pairs; NaN with one
} ProbeEstimate;

// Fits on `train`, reports on `test`. Classes absent from training would cost infinity, so that
//     q(c | h) = (1 - epsilon) softmax(c | h) + epsilon / classes,
// the softmax running over the classes seen, and epsilon = max(floor, share of training labels that occur once): Good
// and Turing's estimate of the probability of the unseen (Good 1953, "The population frequencies of species",
// Biometrika 40).
ProbeEstimate probe_estimate(const ProbeParams *params, ProbePairs train, ProbePairs test, int classes, const Linalg *linalg);

// ---- the estimator ----------------------------------------------------------------------------------------------------------

// Where y has discrete parts: probe_estimate of their values together. The other parts are left out, which only takes from the
// information. The ceiling is the entropy. Otherwise regression_probe of all columns of y (analysis/information/regression_probe.h),
// which takes `penalty` and no other parameter; no ceiling. low and high are 1.96 standard errors off, for the probe as it was fitted.
// `train` is the same on the fitted pairs; unreliable: train - value > max(0.1, 0.2 train), or not finite. Vectors only, and finite
// numbers (both asserted).
extern const EstimatorType estimator_probe;    // params: probe_params
