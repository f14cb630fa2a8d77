// The fixed orders in which published programs shuffle pixels: those of a generator that they all use, so that a seed stands for a list.
#pragma once

#include <stdint.h>

// out[i], i < n: where position i takes its value from; what numpy.random.RandomState(seed).permutation(n) gives. Fisher and Yates' shuffle
// of 0..n-1 from the end, by MT19937 (Matsumoto and Nishimura, "Mersenne twister", ACM TOMACS 8(1), 1998), the index below i + 1 from the
// lowest bits that can hold i, drawn again while it is above i. n > 0. For draws of our own there is core/rng.h.
void permutation_legacy(uint32_t seed, int n, int *out);
