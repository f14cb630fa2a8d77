// Irrelevant state variables around any environment: d random walks, seen through noise, that have nothing to do with the task.
//
// Source: Lambrechts, Bolland, Ernst, "Recurrent networks, hidden states and beliefs in partially observable
// environments", TMLR 2022, as their released program has it. With process variance q and observation variance r:
//
// State         (s, inner state), s of d numbers.  s_0 ~ N(0, q I).
// Transition    s' = s + N(0, q I), before the inner environment moves; s' = s where it was terminal already.
// Observation   (z, inner observation), z = s' + N(0, r I), drawn at every step, the first and those after the end too.
// Reward, discount, horizon, actions, exploration, returns and their bounds: the inner environment's.
// Privileged    (s, the inner one's); state vector likewise.
// Belief        part "irrelevant": mean m of s, then its covariance row by row; then the inner parts. As s and z are independent
//               of all else, the two filters go their own ways. The Kalman filter (Kalman 1960) has the covariance P I:
//                   P <- P + q,   k = P / (P + r),   m <- m + k (z - m),   P <- (1 - k) P,
//               from m = 0 and P = 0 before s_0. Without an inner filter there is none.
//
// The draws of a step are, from the same stream: s' (not after the end), z, then whatever the inner environment draws.
#pragma once

#include "envs/env.h"

enum { IRRELEVANT_MAX = 16 };

typedef struct IrrelevantParams {
    int variables;                  // d
    double process_variance;        // q
    double observation_variance;    // r
} IrrelevantParams;

extern const ParamTable irrelevant_params;

// Takes over `inner`, also when it fails: NULL with a message where the belief of `inner` has as many parts as a belief may have. Without
// variables the result is `inner` itself.
Env *env_irrelevant(Env *inner, const IrrelevantParams *params, Error *error);
