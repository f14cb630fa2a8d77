// Beliefs of deterministic motion seen through noise, as a cloud of weighted particles: a regularised particle filter (Musso, Oudjane, Le Gland,
// "Improving regularised particle filters", in Sequential Monte Carlo Methods in Practice, 2001).
//
// Nothing but the beginning of an episode is random, so copies of a particle would stay copies. When weights have become unequal (their effective number
// is below half of the particles, 1 / sum w^2), parents are drawn systematically, and each child is moved by normal noise with the covariance of the cloud
// times h^2, after a step towards the mean that leaves mean and covariance as they were (Liu and West, "Combined parameter and state estimation in
// simulation-based filtering", in the same book): x <- a x + (1 - a) mean + h noise, a = sqrt(1 - h^2), h = (4 / (d + 2))^(1/(d+4)) N^(-1/(d+4)), the
// best bandwidth for a normal density in d dimensions (Silverman, Density Estimation, 1986).
#pragma once

#include <stdbool.h>

#include "core/rng.h"
#include "envs/belief.h"

enum { CLOUD_PARTICLES = 1024, CLOUD_DIMENSIONS = 4 };

typedef struct Cloud {
    double at[CLOUD_DIMENSIONS][CLOUD_PARTICLES];
    float weight[CLOUD_PARTICLES];    // the largest is 1
} Cloud;

BeliefPart cloud_part(int dimensions);

// weight *= likelihood, given the logarithms of likelihoods [CLOUD_PARTICLES] up to a constant, which are used up. False, and nothing has changed, if
// all that had weight are zero or not a number.
bool cloud_weigh(Cloud *cloud, double *log_likelihood);

// Resamples if the weights are unequal enough; `dimensions` numbers of a particle are in use. Whether it did.
bool cloud_settle(Cloud *cloud, int dimensions, Rng *rng);

// The cloud as particles of equal weight: which of its own each of them is, parents [CLOUD_PARTICLES]. Draws nothing.
void cloud_parents(const Cloud *cloud, int32_t *parents);
