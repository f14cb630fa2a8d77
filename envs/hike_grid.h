// Belief of the Mountain Hike on a regular grid over [-1, 1]^2, for each label: the reference for the particles.
//
// A point of the grid carries probability. What moves beyond the border is clamped to it, so that a coordinate has a density between the
// borders and an atom on each. The density is represented by the trapezoid rule, which for functions as smooth as the noise is exact to
// all digits once the spacing is below its standard deviation, but for the ends, where it errs by the square of the spacing; the
// atoms join the end points, where they lie. The noise of the two coordinates is independent, so that a step is two products of matrices:
//     P'_l = X^T P_l Y,   b'_l ~ O(o | x, y) P'_l(x, y).
// Observations discriminate within 0.02 on the flanks of the ridge: means, variances and the probabilities of labels err by some 0.03 with 41
// points along an axis, 0.003 with 81, 0.0005 with 161 (tests/envs/test_hike_grid.c).
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct HikeGrid {
    int points;          // n, along each axis
    int labels;          // 1, or HIKE_LABELS where the rotation is unknown
    double *axis[3];     // [n, n]: from a point to a point of one axis when it is displaced by -0.1, 0, 0.1
    double *altitude;    // [n, n]: of (x_i, y_j)
} HikeGrid;

// `points` is a multiple of ten and one, so that the start is a point. To be given back with hike_grid_release.
HikeGrid hike_grid_make(int points, int labels);
void hike_grid_release(HikeGrid *grid);

double hike_grid_place(int points, int i);    // coordinate of point i
// kernel [points, points]: probability of every point (columns) after the displacement, noise and clamp, from every point.
void hike_grid_axis(int points, double displacement, double *kernel);

// A belief begins with the probabilities [labels, n, n] of (label, x_i, y_j).
size_t hike_grid_bytes(const HikeGrid *grid);
void hike_grid_reset(const HikeGrid *grid, void *belief);    // at the start, labels equally likely
// False, and nothing is changed, if the observation is not finite; every other one is possible everywhere.
bool hike_grid_update(const HikeGrid *grid, void *belief, int action, float observation);
int hike_grid_size(const HikeGrid *grid);    // of the vector: labels n^2
void hike_grid_vector(const HikeGrid *grid, const void *belief, float *out);
// x, y and, with labels, the rotation: NaN where points of positive probability differ.
void hike_grid_privileged(const HikeGrid *grid, const void *belief, float *out);
