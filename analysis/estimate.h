// What is known about the information that hidden states hold on beliefs, from one sample of pairs: the entropy H(b) as
// the ceiling, MINE's estimate, and for discrete beliefs the softmax probe's lower bound. The first half of the pairs
// trains, the second, from other trajectories, is what the numbers are about.
#pragma once

#include "analysis/mine.h"
#include "analysis/probe.h"

// Beliefs count as the same class when they agree to so many decimals.
enum { ESTIMATE_DECIMALS = 4 };

typedef struct PairParams {
    MineParams mine;
    ProbeParams probe;
    bool discrete;    // beliefs take few values: entropy and probe are meaningful
    const Linalg *linalg;
    uint64_t seed;    // of the estimator's networks and permutations
} PairParams;

typedef struct PairEstimate {
    int train, test;                         // pairs used
    int rejected;                            // rows left out because they hold a number that is not finite
    int constant_hidden, constant_belief;    // columns that never change: reported, and left in (raw values, as the authors)
    int classes;                             // distinct beliefs; 0 when not discrete
    double entropy;                          // plug-in H(b) of the test half, nats; NaN when not discrete
    MineEstimate mine;
    ProbeEstimate probe;    // NaN when not discrete
} PairEstimate;

// hidden [2 n, dh] and belief [2 n, db], both F32; any strides. Preprocessing, in this order: rows with a non-finite
// number are rejected (more than 1 % is an error); constant columns are counted; if nothing but constant columns
// remains on a side the information is 0 by definition and nothing is trained; columns are scaled as
// params->mine.scaling says. Errors also: odd or too few rows (a half needs a row to validate and two to fit).
bool estimate_pairs(const PairParams *params, Matrix hidden, Matrix belief, PairEstimate *estimate, Error *error);
