// The inner loops of Deep Sets: the first two layers and the sum over particles, forwards and backwards. One table per element type and
// instruction set, compiled from one source (analysis/information/deep_set.inc.h); all give the same bits.
//
// The third layer is linear, so that it is applied to the sum instead of every particle, and the gradient that comes back from it is the same
// for all particles of a set: g, one number per unit of the second layer. What a particle adds is which of its units are above zero. That is
// all that a particle leaves behind from the forward pass: a word of 64 bits.
#pragma once

#include "analysis/information/deep_set.h"
#include "core/kernels.h"

typedef struct DeepSetPass {
    int count, particles, size;    // sets; particles of a set; numbers of a particle, at most DEEP_SET_INPUT_MAX
    Matrix rows;                   // [any, particles * size]
    const int *index;              // [count]: the rows that are meant, NULL: the first ones
    Matrix w1, b1, w2, b2;         // [size, 32], [1, 32], [32, 64], [1, 64]
    uint64_t *active;    // [count, particles]: bit j says whether unit j of the second layer is above zero. NULL: not wanted
    Matrix sums;         // [count, 64]: of the second layer over particles; out
} DeepSetPass;

typedef struct DeepSetGradients {
    Matrix sums;              // [count, 64]: in
    Matrix w1, b1, w2, b2;    // added to; without data: not wanted
} DeepSetGradients;

typedef struct DeepSetKernels {
    const char *path;
    void (*forward)(const DeepSetPass *pass);
    void (*backward)(const DeepSetPass *pass, const DeepSetGradients *gradients);
} DeepSetKernels;

extern const DeepSetKernels deep_set_f32_v1, deep_set_f32_v3, deep_set_f32_v4;
extern const DeepSetKernels deep_set_f64_v1, deep_set_f64_v3, deep_set_f64_v4;
