#include "analysis/information/neighbours.h"

#include <assert.h>
#include <emmintrin.h>
#include <gsl/gsl_sf_psi.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const char *const neighbour_metrics[] = {"euclidean", "max", NULL};

// ---- one cloud of points ----------------------------------------------------------------------------------------------

// Points of a block lie side by side for each coordinate, so that vectors run across points and no sum is reordered.
enum { BLOCK = 16 };

struct Points {
    NeighbourMetric metric;
    int n, d;
    double *row;      // [n][d]
    double *block;    // [blocks][d][BLOCK]; what is left over of the last block is 0
};

Points *points_create(Matrix rows, NeighbourMetric metric) {
    assert(rows.type == DTYPE_F64 && rows.cols > 0);
    Points *points = memory_zeroed(1, sizeof *points);
    size_t n = (size_t)rows.rows, d = (size_t)rows.cols, blocks = (n + BLOCK - 1) / BLOCK;
    size_t size = sizeof(double) * blocks * d * BLOCK;
    *points = (Points){metric, rows.rows, rows.cols, memory_alloc(sizeof(double) * n * d + 1), memory_aligned(size + 1)};
    memset(points->block, 0, size);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d; c++) {
            double value = matrix_get(rows, (int)i, (int)c);
            points->row[i * d + c] = value;
            points->block[(i / BLOCK * d + c) * BLOCK + i % BLOCK] = value;
        }
    }
    return points;
}

void points_destroy(Points *points) {
    if (!points) return;
    free(points->row);
    free(points->block);
    free(points);
}

// Two neighbouring points of a block. Explicit, because compilers interleave coordinates rather than points when they are left to it.
typedef double Two __attribute__((vector_size(2 * sizeof(double))));
typedef int64_t TwoWords __attribute__((vector_size(2 * sizeof(double))));
enum { TWOS = BLOCK / 2 };

static inline Two absolute(Two a) {
    return (Two)((TwoWords)a & INT64_MAX);
}

static void block_squares(const double *block, const double *query, int d, double out[BLOCK]) {
    const Two *two = (const Two *)block;
    Two sum[TWOS] = {{0}};
    for (int c = 0; c < d; c++, two += TWOS) {
        Two centre = {query[c], query[c]};
#pragma GCC unroll 16
        for (int j = 0; j < TWOS; j++) {
            Two difference = two[j] - centre;
            sum[j] += difference * difference;
        }
    }
    memcpy(out, sum, sizeof sum);
}

static void block_maxima(const double *block, const double *query, int d, double out[BLOCK]) {
    const Two *two = (const Two *)block;
    Two largest[TWOS] = {{0}};
    for (int c = 0; c < d; c++, two += TWOS) {
        Two centre = {query[c], query[c]};
#pragma GCC unroll 16
        for (int j = 0; j < TWOS; j++) {
            largest[j] = _mm_max_pd(absolute(two[j] - centre), largest[j]);
        }
    }
    memcpy(out, largest, sizeof largest);
}

void points_distances(const Points *points, int first, int count, double *out) {
    assert(first >= 0 && count >= 0 && count <= POINTS_AT_ONCE && first + count <= points->n);
    size_t d = (size_t)points->d, n = (size_t)points->n;
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t length = n - at < BLOCK ? n - at : BLOCK;
        for (size_t q = 0; q < (size_t)count; q++) {
            double distance[BLOCK];
            const double *block = points->block + at * d, *query = points->row + ((size_t)first + q) * d;
            if (points->metric == NEIGHBOUR_EUCLIDEAN) block_squares(block, query, points->d, distance);
            else block_maxima(block, query, points->d, distance);
            memcpy(out + q * n + at, distance, length * sizeof *distance);
        }
    }
}

int distances_within(const double *distance, int n, double bound, bool closed) {
    Two limit = {bound, bound}, pair;
    TwoWords counts = {0, 0};    // what is true is -1
    int j = 0;
    for (; j + 2 <= n; j += 2) {
        memcpy(&pair, distance + j, sizeof pair);
        counts -= closed ? pair <= limit : pair < limit;
    }
    int count = (int)(counts[0] + counts[1]);
    if (j < n) count += closed ? distance[j] <= bound : distance[j] < bound;
    return count;
}

// ---- the k nearest ------------------------------------------------------------------------------------------------------

Nearest nearest_create(int k) {
    assert(k > 0);
    return (Nearest){k, 0, memory_alloc(sizeof(double) * (size_t)k), memory_alloc(sizeof(int) * (size_t)k)};
}

void nearest_free(Nearest *nearest) {
    free(nearest->distance);
    free(nearest->index);
}

static inline bool precedes(double distance, int index, double other, int other_index) {
    return distance < other || (distance == other && index < other_index);
}

void nearest_offer(Nearest *nearest, double distance, int index) {
    int last = nearest->k - 1, at = nearest->held;
    if (at > last) {
        if (!precedes(distance, index, nearest->distance[last], nearest->index[last])) return;
        at = last;
    } else {
        nearest->held++;
    }
    for (; at > 0 && precedes(distance, index, nearest->distance[at - 1], nearest->index[at - 1]); at--) {
        nearest->distance[at] = nearest->distance[at - 1];
        nearest->index[at] = nearest->index[at - 1];
    }
    nearest->distance[at] = distance;
    nearest->index[at] = index;
}

// What a distance must not exceed to be among the k nearest.
static inline double nearest_bound(const Nearest *nearest) {
    return nearest->held < nearest->k ? INFINITY : nearest->distance[nearest->k - 1];
}

// ---- one column: sorted values ------------------------------------------------------------------------------------------

typedef struct Line {
    int n;
    double *value;            // ascending
    size_t *index, *place;    // value[place[i]] is that of point i = index[place[i]]
} Line;

static Line line_create(Matrix column) {
    size_t n = (size_t)column.rows;
    Line line = {column.rows, memory_alloc(sizeof(double) * n), memory_alloc(sizeof(size_t) * n),
                 memory_alloc(sizeof(size_t) * n)};
    double *unsorted = memory_alloc(sizeof(double) * n);
    for (size_t i = 0; i < n; i++) unsorted[i] = matrix_get(column, (int)i, 0);
    gsl_sort_index(line.index, unsorted, 1, n);
    for (size_t i = 0; i < n; i++) {
        line.value[i] = unsorted[line.index[i]];
        line.place[line.index[i]] = i;
    }
    free(unsorted);
    return line;
}

static void line_free(Line *line) {
    free(line->value);
    free(line->index);
    free(line->place);
}

static double line_distance(const Line *line, int i, int j) {
    return fabs(line->value[line->place[i]] - line->value[line->place[j]]);
}

// Rounded differences grow with the distance in the order, so bisection finds the ends of what lies within.
static int line_within(const Line *line, int i, double bound, bool closed) {
    if (closed ? bound < 0 : bound <= 0) return 0;
    int place = (int)line->place[i];
    double centre = line->value[place];
    int inside = place, outside = -1;    // leftwards
    while (inside - outside > 1) {
        int middle = outside + (inside - outside) / 2;
        double distance = centre - line->value[middle];
        if (distance < bound || (closed && distance == bound)) inside = middle;
        else outside = middle;
    }
    int first = inside;
    inside = place, outside = line->n;    // rightwards
    while (outside - inside > 1) {
        int middle = inside + (outside - inside) / 2;
        double distance = line->value[middle] - centre;
        if (distance < bound || (closed && distance == bound)) inside = middle;
        else outside = middle;
    }
    return inside - first + 1;
}

// ---- pairs ------------------------------------------------------------------------------------------------------------

struct Neighbours {
    int n, at;
    Nearest nearest;
    bool lines;    // one column on each side
    Line line[2];
    double *height;    // y in the order of x, for `lines`
    Points *points[2];
    double *distance[2];    // [POINTS_AT_ONCE][n], of the points from `first` on
    int first, count;
};

static void create_lines(Neighbours *neighbours, Matrix x, Matrix y) {
    Line along = line_create(x);
    neighbours->height = memory_alloc(sizeof(double) * (size_t)x.rows);
    for (int p = 0; p < x.rows; p++) neighbours->height[p] = matrix_get(y, (int)along.index[p], 0);
    neighbours->line[NEIGHBOUR_X] = along;
    neighbours->line[NEIGHBOUR_Y] = line_create(y);
}

Neighbours *neighbours_create(Matrix x, Matrix y, NeighbourMetric metric, int k) {
    assert(x.rows == y.rows && k > 0 && k < x.rows && x.cols > 0 && y.cols > 0);
    Neighbours *neighbours = memory_zeroed(1, sizeof *neighbours);
    *neighbours = (Neighbours){.n = x.rows, .nearest = nearest_create(k), .lines = x.cols == 1 && y.cols == 1};
    if (neighbours->lines) {
        create_lines(neighbours, x, y);
        return neighbours;
    }
    for (int side = 0; side < 2; side++) {
        neighbours->points[side] = points_create(side == NEIGHBOUR_X ? x : y, metric);
        neighbours->distance[side] = memory_alloc(sizeof(double) * POINTS_AT_ONCE * (size_t)x.rows);
    }
    return neighbours;
}

void neighbours_destroy(Neighbours *neighbours) {
    if (!neighbours) return;
    for (int side = 0; side < 2; side++) {
        line_free(&neighbours->line[side]);
        points_destroy(neighbours->points[side]);
        free(neighbours->distance[side]);
    }
    nearest_free(&neighbours->nearest);
    free(neighbours->height);
    free(neighbours);
}

// Offers the point at place p of x; false where it is already farther along x than the k-th nearest, and so are all beyond.
static inline bool offer_place(Neighbours *neighbours, int p, double centre, double height) {
    const Line *x = &neighbours->line[NEIGHBOUR_X];
    double along = fabs(x->value[p] - centre), across = fabs(neighbours->height[p] - height);
    double bound = nearest_bound(&neighbours->nearest);
    if (along > bound) return false;
    if (across <= bound) nearest_offer(&neighbours->nearest, along > across ? along : across, (int)x->index[p]);
    return true;
}

// Outwards from i along x, one to the left and one to the right in turn, until x alone is too far on both sides.
static void search_lines(Neighbours *neighbours) {
    const Line *x = &neighbours->line[NEIGHBOUR_X];
    int place = (int)x->place[neighbours->at], left = place - 1, right = place + 1;
    double centre = x->value[place], height = neighbours->height[place];
    while (left >= 0 || right < x->n) {
        if (left >= 0) left = offer_place(neighbours, left, centre, height) ? left - 1 : -1;
        if (right < x->n) right = offer_place(neighbours, right, centre, height) ? right + 1 : x->n;
    }
}

// The distances of the current point on one side.
static const double *distances_of(const Neighbours *neighbours, NeighbourSide side) {
    return neighbours->distance[side] + (size_t)(neighbours->at - neighbours->first) * (size_t)neighbours->n;
}

static void search_points(Neighbours *neighbours) {
    int i = neighbours->at, n = neighbours->n;
    if (i < neighbours->first || i >= neighbours->first + neighbours->count) {
        neighbours->first = i;
        neighbours->count = n - i < POINTS_AT_ONCE ? n - i : POINTS_AT_ONCE;
        for (int side = 0; side < 2; side++) {
            points_distances(neighbours->points[side], i, neighbours->count, neighbours->distance[side]);
        }
    }
    const double *x = distances_of(neighbours, NEIGHBOUR_X), *y = distances_of(neighbours, NEIGHBOUR_Y);
    double bound = INFINITY;
    for (int j = 0; j < n; j++) {
        double joint = x[j] > y[j] ? x[j] : y[j];
        if (j == i || (joint >= bound && neighbours->nearest.held == neighbours->nearest.k))
            continue;    // equals: the lowest index stays
        nearest_offer(&neighbours->nearest, joint, j);
        bound = nearest_bound(&neighbours->nearest);
    }
}

void neighbours_move(Neighbours *neighbours, int i) {
    assert(i >= 0 && i < neighbours->n);
    neighbours->at = i;
    neighbours->nearest.held = 0;
    if (neighbours->lines) search_lines(neighbours);
    else search_points(neighbours);
}

double neighbours_radius(const Neighbours *neighbours) {
    return neighbours->nearest.distance[neighbours->nearest.k - 1];
}

double neighbours_extent(const Neighbours *neighbours, NeighbourSide side) {
    double extent = 0;
    for (int neighbour = 0; neighbour < neighbours->nearest.k; neighbour++) {
        int j = neighbours->nearest.index[neighbour];
        double distance =
            neighbours->lines ? line_distance(&neighbours->line[side], neighbours->at, j) : distances_of(neighbours, side)[j];
        extent = fmax(extent, distance);
    }
    return extent;
}

int neighbours_within(const Neighbours *neighbours, NeighbourSide side, double bound, bool closed) {
    if (neighbours->lines) return line_within(&neighbours->line[side], neighbours->at, bound, closed);
    return distances_within(distances_of(neighbours, side), neighbours->n, bound, closed);
}

static int coincident_on_lines(const Neighbours *neighbours) {
    const Line *x = &neighbours->line[NEIGHBOUR_X];
    int place = (int)x->place[neighbours->at], count = 0;
    double centre = x->value[place], height = neighbours->height[place];
    for (int p = place; p >= 0 && x->value[p] == centre; p--) count += neighbours->height[p] == height;
    for (int p = place + 1; p < x->n && x->value[p] == centre; p++) count += neighbours->height[p] == height;
    return count;
}

int neighbours_coincident(const Neighbours *neighbours) {
    if (neighbours->lines) return coincident_on_lines(neighbours);
    const double *x = distances_of(neighbours, NEIGHBOUR_X), *y = distances_of(neighbours, NEIGHBOUR_Y);
    int count = 0;
    for (int j = 0; j < neighbours->n; j++) count += x[j] <= 0 && y[j] <= 0;
    return count;
}

// ---- what the estimators share ------------------------------------------------------------------------------------------

double *neighbours_psi(int n) {
    double *psi = memory_alloc(sizeof(double) * ((size_t)n + 1));
    psi[0] = -INFINITY;
    for (int i = 1; i <= n; i++) psi[i] = gsl_sf_psi_int(i);
    return psi;
}

bool neighbours_enough(int n, int k, Error *error) {
    return n > k || error_set(error, "%d pairs are too few for %d neighbours; accepted are more pairs than neighbours", n, k);
}
