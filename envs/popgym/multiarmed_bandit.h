// MultiarmedBandit: find the arm that pays most often.
//
// Source: POPGym 1.0.7 (envs/popgym/popgym.h).
//
// Arms         A = 10 / 20 / 30; each pays with a probability p_i of its own, uniform on [0, 1) (single precision), fixed during the episode
// Observation  whether the last pull paid; 0 at first
// Action       an arm
// Reward       +1/L if it pays, else -1/L: with a uniform u (double precision), it pays if u < p. Upstream's documentation says that a pull
//              that does not pay gives nothing
// End          truncated by step L = 200 / 400 / 600; never terminated
// Privileged   p_0 .. p_{A-1}
// Belief       exact, by parameters: arms are independent, p_i has Beta(1 + paid, 1 + not paid) of its own pulls. Arm after arm its mean and its
//              variance
// Returns      uniform actions 0; always the best arm 2A/(A+1) - 1
#pragma once

#include "envs/native.h"

enum { BANDIT_ARMS = 30 };

typedef struct BanditModel {
    int arms, limit;
    double share;    // 1/L
} BanditModel;

typedef struct BanditState {
    int time;    // pulls so far
    float chance[BANDIT_ARMS];
} BanditState;

// Also the memory of Thompson sampling.
typedef struct BanditBelief {
    int paid[BANDIT_ARMS], failed[BANDIT_ARMS];
} BanditBelief;

// The step for a given u.
NativeStep bandit_pull(const BanditModel *model, BanditState *state, int arm, double uniform, int32_t *observation);
