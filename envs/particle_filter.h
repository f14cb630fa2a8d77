// What a particle filter does whatever its particles are: draw noise for all of them at once, and resample. Bootstrap filter: Gordon,
// Salmond, Smith, "Novel approach to nonlinear/non-Gaussian Bayesian state estimation", IEE Proceedings F 1993.
//
// The same bits on every machine: vector functions of core/kernels.h, sums in order.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/kernels.h"
#include "core/rng.h"

// x, y [count]: independent standard normal variates, both of each pair that Box and Muller (1958) make of two uniform numbers, for which
// two words of the stream are taken. In single precision, with uniform numbers of 31 bits and 24: none lies beyond 6.56. Six times as fast as
// rng_normals. `scratch` [count].
void particles_normals(Rng *rng, int count, float *x, float *y, float *scratch);

// The same of given words [2 count]; `kernels` of single precision.
void particles_box_muller(const Kernels *kernels, int count, const uint32_t *words, float *x, float *y, float *scratch);

// out [count]: uniform on [0, 1) in multiples of 2^-32, each of one word.
void particles_uniforms(Rng *rng, int count, double *out);

// cumulative[i] = (w_0 + .. + w_i) / (w_0 + .. + w_count-1); the last is 1. Weights are not negative and one is positive.
void particles_accumulate(int count, const float *weights, double *cumulative);

// Parents [count] of the next generation. A point u in [0, 1) falls to the particle whose number is the number of `cumulative` that
// are <= u, so that particle i is expected count w_i / sum w times.
//
// Multinomial: a point for each child, independent where `uniforms` [count] are. Points are looked up in a table of equal cells (Chen, Asau,
// "On generating random variates from an empirical distribution", AIIE Transactions 1974): O(count). `guide` [particles_guide_size(count)].
size_t particles_guide_size(int count);
void particles_multinomial(int count, const double *cumulative, const double *uniforms, int32_t *guide, int32_t *parents);

// Systematic: the points (i + uniform) / count (Kitagawa, "Monte Carlo filter and smoother for non-Gaussian nonlinear state space models",
// Journal of Computational and Graphical Statistics 1996). Parents ascend.
void particles_systematic(int count, const double *cumulative, double uniform, int32_t *parents);
