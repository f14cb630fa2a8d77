// Nearest neighbours by brute force, exactly, with ties settled by the lowest index: what the k-NN estimators count. One routine computes
// every distance, so that the k-th neighbour is not counted or left out by rounding; it is a sum or maximum over coordinates in their
// order, the same for (i, j) and (j, i).
#pragma once

#include <stdbool.h>

#include "core/error.h"
#include "core/matrix.h"

// The norm inside x and inside y; the joint one is the larger of the two.
typedef enum NeighbourMetric { NEIGHBOUR_EUCLIDEAN, NEIGHBOUR_MAX } NeighbourMetric;
extern const char *const neighbour_metrics[];    // for PARAM_CHOICE: euclidean, max

// ---- one cloud of points ----------------------------------------------------------------------------------------------
// Distances are only compared, so the Euclidean ones stay SQUARED.
typedef struct Points Points;

Points *points_create(Matrix rows, NeighbourMetric metric);    // copies F64 rows[n, d], d > 0
void points_destroy(Points *points);

enum { POINTS_AT_ONCE = 4 };

// out[q * n + j] is the distance of point first + q to point j, 0 <= q < count <= POINTS_AT_ONCE: several, because the whole cloud passes
// through the caches for each call.
void points_distances(const Points *points, int first, int count, double *out);

// How many of n distances are smaller than `bound`, or (`closed`) at most it.
int distances_within(const double *distance, int n, double bound, bool closed);

// ---- the k nearest, as they are offered in any order --------------------------------------------------------------------
typedef struct Nearest {
    int k, held;
    double *distance;    // ascending; the lowest index first among equals
    int *index;
} Nearest;

Nearest nearest_create(int k);    // k > 0
void nearest_free(Nearest *nearest);
void nearest_offer(Nearest *nearest, double distance, int index);

// ---- pairs ------------------------------------------------------------------------------------------------------------
// Walks over the points i of (x, y) and holds the k nearest others of each by joint distance. One column on each side is searched outwards
// along sorted values and counted by bisection, anything else by brute force: O(n^2 (dx + dy)) time, O(n) memory beside the data.
typedef enum NeighbourSide { NEIGHBOUR_X, NEIGHBOUR_Y } NeighbourSide;
typedef struct Neighbours Neighbours;

// x and y are F64 with n rows each and at least one column; 0 < k < n. They must live as long as the search.
Neighbours *neighbours_create(Matrix x, Matrix y, NeighbourMetric metric, int k);
void neighbours_destroy(Neighbours *neighbours);

void neighbours_move(Neighbours *neighbours, int i);                           // quickest in increasing order
double neighbours_radius(const Neighbours *neighbours);                        // joint distance of the k-th
double neighbours_extent(const Neighbours *neighbours, NeighbourSide side);    // the largest distance on this side among the k
// Points nearer than `bound` on this side, or (`closed`) at most so far; i itself is one of them where bound > 0 or `closed`.
int neighbours_within(const Neighbours *neighbours, NeighbourSide side, double bound, bool closed);
int neighbours_coincident(const Neighbours *neighbours);    // points at the joint distance 0, i itself included

// ---- what the estimators share ------------------------------------------------------------------------------------------
double *neighbours_psi(int n);                         // digamma of 1..n at those places, -infinity at 0; to be freed
bool neighbours_enough(int n, int k, Error *error);    // n > k, or an error
