// Standard normal variates: the same bits on every path. Each takes exactly four 32-bit words of its stream (two uniform numbers of 52 bits, by
// Box and Muller 1958, whose second variate is not made), so the n-th can be sought, and n variates are the same numbers however they
// are asked for. None lies beyond sqrt(2 52 ln 2) = 8.49.
#pragma once

#include "core/matrix.h"
#include "core/rng.h"

double rng_normal(Rng *rng);

// Fills row by row what rng_normal would give in turn, rounded to the type of the matrix; many times faster.
void rng_normals(Rng *rng, Matrix out);
