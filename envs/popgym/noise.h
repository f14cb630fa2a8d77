// What the noisy environments of POPGym add to an observation of two numbers, and how likely an observation is under it.
//
// o = clip(s + n, -bound, bound) for each number, n normal with standard deviation sigma = 0.1 / 0.2 / 0.3; at a reset too. In single precision, as
// upstream has it. A pair of normal variates takes two words of the environment's stream (envs/particle_filter.h).
#pragma once

#include <math.h>

#include "core/kernels.h"
#include "core/rng.h"
#include "envs/native.h"

enum { NOISE_NUMBERS = 2 };

typedef struct Noise {
    float sigma;    // 0: no noise
    float bound[NOISE_NUMBERS];
    const Kernels *f32, *f64;
} Noise;

Noise noise_of(NativeLevel level, float bound_0, float bound_1);

// observation = clip(observation + noise), for who gives the noise.
static inline void noise_add(const Noise *noise, float noise_0, float noise_1, float *observation) {
    const float given[NOISE_NUMBERS] = {noise_0, noise_1};
    for (int k = 0; k < NOISE_NUMBERS; k++) {
        const float sum = observation[k] + given[k], bound = noise->bound[k];
        observation[k] = sum < -bound ? -bound : sum > bound ? bound : sum;
    }
}

// Adds noise from each environment's stream to its observation: observations [count, 2].
void noise_add_many(const Noise *noise, int count, Rng *rngs, float *observations);

// Within the bounds, and a number.
static inline bool noise_possible(const Noise *noise, const float *observation) {
    return fabsf(observation[0]) <= noise->bound[0] && fabsf(observation[1]) <= noise->bound[1];
}

// log_likelihood += ln p(observed | mean) of number `k` up to a constant, for many means: [count]. An observation at a bound has the probability
// of all that lies beyond.
void noise_weigh(const Noise *noise, int k, float observed, int count, const double *means, double *log_likelihood);
