// Orthogonal initialisation (Saxe, McClelland, Ganguli 2014): gain Q, where A = Q R is a matrix of standard normal variates and R has a
// positive diagonal. Then Q is uniform among all orthonormal frames (Haar's measure; Mezzadri 2007).
#pragma once

#include "core/matrix.h"
#include "core/rng.h"

// Fills a matrix of either type, with orthonormal columns where rows >= cols, else with orthonormal rows (the transpose is decomposed, as in
// PyTorch's orthogonal_). A view will do: the block of one gate within a matrix of several. Takes 4 rows cols words of the stream.
void orthogonal_fill(Matrix out, double gain, Rng *rng);
