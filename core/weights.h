// A set of learned matrices under names, all values in one contiguous array and all gradients in another, so that an optimiser,
// a copy or a norm is one pass.
#pragma once

#include "core/archive.h"
#include "core/matrix.h"
#include "core/rng.h"

typedef struct Weights Weights;

Weights *weights_create(DType type);
void weights_destroy(Weights *weights);

// Declares a matrix and returns its index. All declarations come before weights_seal, which allocates (values and gradients zero).
int weights_add(Weights *weights, const char *name, int rows, int cols);
void weights_seal(Weights *weights);
int64_t weights_number_count(const Weights *weights);    // learned numbers in all, also before it is sealed

DType weights_type(const Weights *weights);
int weights_count(const Weights *weights);
const char *weights_name(const Weights *weights, int index);
int weights_find(const Weights *weights, const char *name);    // -1: no such name
Matrix weights_value(const Weights *weights, int index);
Matrix weights_gradient(const Weights *weights, int index);

// The whole set as one row (1 x number of learned values).
Matrix weights_values(const Weights *weights);
Matrix weights_gradients(const Weights *weights);

void weights_uniform(Weights *weights, int index, double bound, Rng *rng);    // uniform on [-bound, bound)
void weights_orthogonal(Weights *weights, int index, double gain,
                        Rng *rng);    // core/orthogonal.h, which fills a gate's block too
void weights_fill(Weights *weights, int index, double constant);
void weights_copy(const Weights *from, Weights *to);         // values, between sets declared alike
void weights_archive(Weights *weights, Archive *archive);    // values, one array per name
