// Belief of the Mountain Hike by particles, step by step as in the program of Lambrechts, Bolland and Ernst (TMLR 2022): every particle moves
// with noise of its own, is weighed by the density of the observation, and all are drawn anew at every step. Two things follow from that program:
// the first observation is ignored, because all particles are at the start then, and particles go on moving in the goal region.
//
// Cost: O(N) a step, some 25 nanoseconds a particle.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rng.h"

typedef struct HikeParticles {
    int count;     // N, at least 1
    int labels;    // 1, or HIKE_LABELS where the rotation is unknown
    bool systematic;
} HikeParticles;

// Where things are in the memory of a belief, of hike_particles_bytes; arrays [count].
typedef struct HikeSet {
    float *x, *y;    // the particles
    int32_t *label;
    // Left by the last step: positions before resampling (until then the noise), labels, weights (the largest is 1), parents.
    float *moved_x, *moved_y;
    int32_t *moved_label;
    float *weight;
    int32_t *parent;
    double *cumulative, *uniform;
    int32_t *guide;
} HikeSet;

size_t hike_particles_bytes(const HikeParticles *filter);
HikeSet hike_particles_set(const HikeParticles *filter, void *belief);

// All at the start; labels uniform.
void hike_particles_reset(const HikeParticles *filter, void *belief, Rng *rng);
// False, and nothing is changed or drawn, if the observation is not finite; every other one is possible everywhere.
bool hike_particles_update(const HikeParticles *filter, void *belief, int action, float observation, Rng *rng);
// The same with given randomness: `moved_x` and `moved_y` hold standard normal noise, `uniform` uniform numbers (the first alone if
// systematic).
void hike_particles_advance(const HikeParticles *filter, const HikeSet *set, int action, float observation);

void hike_particles_vector(const HikeParticles *filter, const void *belief, float *out);    // count rows: x, y, label
// x, y and, with labels, the rotation: NaN where particles differ.
void hike_particles_privileged(const HikeParticles *filter, const void *belief, float *out);

// Altitudes of many places, and densities of an observation there, divided by the largest among them; arrays [count], `out` and
// `weights` apart from the others.
void hike_altitudes(int count, const float *x, const float *y, float *out);
void hike_weigh(int count, const float *x, const float *y, float observation, float *weights);
