// Deep Set: a representation of a set of particles that does not depend on their order (Zaheer et al. 2017, "Deep sets", NeurIPS; as in the
// program released with Lambrechts, Bolland and Ernst, TMLR 2022).
//
//     phi(p) = W3 max(W2 max(W1 p + b1, 0) + b2, 0) + b3       d -> 32 -> 64 -> 16
//     r(set) = W4 sum_p phi(p) + b4                            16 -> 16
#pragma once

#include "core/rng.h"
#include "core/tape.h"

// Widths of the layers; DEEP_SET_SIZE is the usual one of the representation, which the third and the fourth matrix set. A particle may have
// up to DEEP_SET_INPUT_MAX numbers.
enum { DEEP_SET_FIRST = 32, DEEP_SET_SECOND = 64, DEEP_SET_SIZE = 16, DEEP_SET_WEIGHTS = 8, DEEP_SET_INPUT_MAX = 64 };

// Adds the eight matrices in the order W1 b1 W2 b2 W3 b3 W4 b4, weights [inputs, outputs], for particles of `size` numbers; names begin with
// `prefix`.
void deep_set_declare(Weights *weights, const char *prefix, int size, int representation);
// Weights and biases uniform on +-1/sqrt(fan in), from the matrix `first` on.
void deep_set_initialise(Weights *weights, int first, Rng *rng);

// rows [n, particles * size], each row a set -> [n, representation]. `rows` is borrowed until tape_reset and gets no gradient. `weights`
// are the eight nodes. Nothing of a particle is kept but which units of its second layer are above zero.
Node *deep_set(Tape *tape, Node *const *weights, Matrix rows, int particles);
// Of `count` rows only: index[i] (borrowed until tape_reset) is the row of set i.
Node *deep_set_of_rows(Tape *tape, Node *const *weights, Matrix rows, int particles, const int *index, int count);
// The same, operation by operation of the tape and set by set: what the other two are compared with.
Node *deep_set_by_steps(Tape *tape, Node *const *weights, Matrix rows, int particles);
