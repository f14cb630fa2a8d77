// What a run has reached, as one number on a scale that does not depend on what it is compared with.
//
// final return   mean over the last tenth (rounded up) of the greedy evaluations of evaluation/discounted_return: fixed before any run,
//                and not the best over training, which grows with noise and with the number of evaluations
// score          (final return - low) / (high - low); low is the expected return of uniformly random actions, high that of an optimal
//                policy or, where that is unknown, of one that sees the state: 0 is chance, 1 is solved or out of reach, and a run can do
//                worse than chance
//
// A run that broke down in training, or whose final return is not finite, has the score 0 (policy "worst").
#pragma once

#include "benchmarks/gather.h"

extern const char scoring_series[];    // "evaluation/discounted_return"

typedef struct ReturnScale {
    double low, high;    // expected discounted returns of the references, envs/env.h; NaN: unknown
    bool bound;          // high is the bound of an agent that sees the state: the optimum is unknown
} ReturnScale;

// Of a run's environment. False with a message when that refuses its parameters.
bool scoring_scale(const Config *config, ReturnScale *scale, Error *error);

// NaN for a series without values.
double scoring_final(const Series *evaluations);

double scoring_score(ReturnScale scale, double value);    // NaN where a reference is unknown
