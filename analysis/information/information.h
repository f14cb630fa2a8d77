// Estimators of the mutual information of hidden states and beliefs: one file each, one interface, in nats.
//
// An estimator gets pairs in two halves from different trajectories. One that learns is fitted on the first; every number is about the
// second. What an estimate is worth is said beside it: how many pairs, an interval, the value that it cannot exceed.
#pragma once

#include "core/error.h"
#include "core/linalg.h"
#include "core/param.h"

enum { INFORMATION_PARTS_MAX = 4 };

// One part of what is paired with x: row i belongs to pair i.
typedef struct InformationPart {
    Matrix rows;      // [n, particles * size]
    int particles;    // row = a set of so many, one after the other, whose order means nothing; 1: a vector
    bool discrete;    // few different rows
} InformationPart;

typedef struct InformationPairs {
    Matrix x;    // [n, dx], a vector per pair
    int parts;
    InformationPart y[INFORMATION_PARTS_MAX];
} InformationPairs;

// Everything F32 or everything F64; at least one column on each side; nothing but finite numbers (analysis/information/sample.h sees to it).
typedef struct InformationTask {
    InformationPairs train, test;    // the same columns
    uint64_t seed;                   // of whatever is drawn: (seed, RNG_ESTIMATOR, ...)
    const Linalg *linalg;
} InformationTask;

typedef struct InformationEstimate {
    double value;         // nats; may be negative
    double low, high;     // 95 % interval of the estimator's own error over samples (and restarts); NaN: unknown
    double sd;            // over restarts; NaN with one, or none
    double ceiling;       // what the value cannot exceed: log K, log n, an entropy
    int pairs;            // that the value is about
    double train;         // the same on the fitted pairs; NaN where nothing is fitted
    double validation;    // NaN likewise
    double ess;           // effective sample size of the weights of an exponential mean; NaN where there is none
    bool unreliable;      // by the estimator's own signs: see there
} InformationEstimate;

// All NaN but `pairs` 0 and `unreliable` false: what an estimator starts from.
InformationEstimate information_unknown(void);

// low and high of a value with a normal error.
void information_interval(InformationEstimate *estimate, double standard_error);
// The 97.5 % quantile of the standard normal distribution.
extern const double information_normal_975;

// Whether what was fitted was learned by heart, train - value > max(0.1, 0.2 train), or the value is not finite.
bool information_overfitted(const InformationEstimate *estimate);

typedef struct EstimatorType {
    const char *name, *help, *source;
    const ParamTable *params;
    bool sets;        // takes sets as they are; others get vectors only (the analysis hands them summaries, envs/belief.h)
    bool discrete;    // wants every part of y discrete
    // False with a message for what cannot be estimated (fewer pairs than neighbours, ...): says what was found and what is accepted.
    bool (*estimate)(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error);
} EstimatorType;

// The registry: one line per estimator, in analysis/information/estimators.c.
extern const EstimatorType *const estimator_types[];
extern const size_t estimator_type_count;
const EstimatorType *estimator_find(const char *name, Error *error);
