// First-order optimisers over a set of weights, each one pass over contiguous memory.
//
// Adam      (Kingma and Ba 2015, with PyTorch's order of operations):
//     m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2;  w -= lr/(1-b1^t) * m / (sqrt(v)/sqrt(1-b2^t) + eps)
// RMSprop   (Tieleman and Hinton 2012):  v = a v + (1-a) g^2;  w -= lr g / (sqrt(v) + eps)
// SGD       with momentum (PyTorch's form):  m = mu m + g;  w -= lr m
#pragma once

#include "core/archive.h"
#include "core/param.h"
#include "core/weights.h"

typedef enum OptimKind { OPTIM_ADAM, OPTIM_RMSPROP, OPTIM_SGD } OptimKind;

typedef struct OptimParams {
    OptimKind kind;
    double learning_rate;
    double beta1, beta2, epsilon;    // Adam; RMSprop takes beta2 as its decay and epsilon
    double momentum;                 // SGD
    double clip_norm;                // largest Euclidean norm of the whole gradient; 0: no clipping
} OptimParams;

OptimParams optim_default_params(void);    // Adam, 1e-3, 0.9, 0.999, 1e-8, no momentum, no clipping

typedef struct Optim Optim;

Optim *optim_create(OptimParams params, const Weights *weights);
void optim_destroy(Optim *optim);
void optim_set_learning_rate(Optim *optim, double learning_rate);    // for schedules; who sets it archives it
void optim_step(Optim *optim, Weights *weights);                     // reads the gradients (clipping scales them in place)
void optim_archive(Optim *optim, Archive *archive);
