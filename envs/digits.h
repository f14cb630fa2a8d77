// Stand-in digits: drawings of the ten digits, for where MNIST is not at hand. They are not MNIST: numbers got from them are those of
// "stand-in", and no other.
//
// An image of n x n pixels, n = 28 or 14. Lengths are in pixels of the larger image, and half of that in the smaller one:
//
// Label       uniform on 0 to 9; its drawing: line segments between vertices in a unit box, x to the right, y down (digits.c)
// Vertices    (unit box - 1/2) 20 + N(0, 0.6 I), each by itself; then p <- R S D p + centre + d, with
//             rotation R by U(-15, 15) degrees, shear S: x <- x + k y, k ~ U(-0.25, 0.25), scales D = diag(sx, sy), sx, sy ~ U(0.75, 1.15),
//             centre ((n-1)/2, (n-1)/2), and d of two numbers ~ U(-2, 2)
// Pixel       round(255 A clamp(r + 1/2 - D, 0, 1)), D its distance to the nearest segment, radius r ~ U(0.6, 1.4), A ~ U(0.8, 1); the 1/2
//             is that of a pixel of the image's own
//
// Mean pixel on the scale from 0 to 1: 0.087, standard deviation 0.241 (28 x 28); 0.088 and 0.215 (14 x 14).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/rng.h"

enum { DIGITS_SIZE = 28, DIGITS_SMALL = 14, DIGITS_PIXELS = DIGITS_SIZE * DIGITS_SIZE };

// Draws pixels [size, size], row by row, and returns the label. The same bits on every machine. The draws, in order: label, rotation, k, sx,
// sy, d, r, A, then x and y of each vertex.
int digits_draw(Rng *rng, int size, uint8_t *pixels);

// Writes `train` and `test` images, 1 to IDX_COUNT_MAX of each, of size x size into a folder, which is made where it is not there, as four
// IDX files with MNIST's names (envs/idx.h) and a note that says what they are. Image i of a split is the one that task mnist shows as
// sequence i for the same seed. Numbers out of range, files with such names that are there already, and a folder that cannot be
// written are errors; of these only the last can leave some of the files behind, as wholes.
bool digits_write(const char *folder, uint64_t seed, int train, int test, int size, bool gzip, Error *error);
