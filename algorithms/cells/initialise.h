// Initialisations that several cells share.
#pragma once

#include "core/rng.h"
#include "core/weights.h"

// Adds a matrix named prefix + name.
void cell_declare(Weights *weights, const char *prefix, const char *name, int rows, int cols);

// Glorot uniform (Glorot and Bengio 2010): bound sqrt(6 / (fan_in + fan_out)), the fans being those of one gate.
void cell_glorot(Weights *weights, int index, int fan_in, int fan_out, Rng *rng);

// Uniform on +-1/sqrt(H) for `count` matrices from `first`: PyTorch's default for its recurrent layers.
void cell_uniform_by_width(Weights *weights, int first, int count, int hidden, Rng *rng);
