#include "analysis/minimise.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

enum { MEMORY = 10, HALVINGS = 40 };    // pairs kept; shortest step 2^-40

// The last pairs s = x_{k+1} - x_k and y = g_{k+1} - g_k, in a ring; all vectors of length n.
typedef struct Search {
    size_t n;
    double *x, *gradient, *direction, *next, *next_gradient;
    double *s[MEMORY], *y[MEMORY], curvature[MEMORY];    // s.y of each pair
    int count, newest;
} Search;

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void add_scaled(size_t n, double factor, const double *a, double *to) {
    for (size_t i = 0; i < n; i++) to[i] += factor * a[i];
}

// direction = -H gradient by the two-loop recursion, H_0 = (s.y / y.y) I of the newest pair.
static void find_direction(Search *search) {
    size_t n = search->n;
    double *d = search->direction, share[MEMORY] = {0};
    for (size_t i = 0; i < n; i++) d[i] = -search->gradient[i];
    for (int k = 0; k < search->count; k++) {
        int at = (search->newest - k + MEMORY) % MEMORY;
        share[at] = dot(n, search->s[at], d) / search->curvature[at];
        add_scaled(n, -share[at], search->y[at], d);
    }
    if (search->count > 0) {
        const double *y = search->y[search->newest];
        double scale = search->curvature[search->newest] / dot(n, y, y);
        for (size_t i = 0; i < n; i++) d[i] *= scale;
    }
    for (int k = search->count - 1; k >= 0; k--) {
        int at = (search->newest - k + MEMORY) % MEMORY;
        double correction = share[at] - dot(n, search->y[at], d) / search->curvature[at];
        add_scaled(n, correction, search->s[at], d);
    }
}

// Keeps the step's pair unless rounding has eaten its curvature.
static void remember(Search *search) {
    int at = (search->newest + 1) % MEMORY;
    double *s = search->s[at], *y = search->y[at];
    for (size_t i = 0; i < search->n; i++) {
        s[i] = search->next[i] - search->x[i];
        y[i] = search->next_gradient[i] - search->gradient[i];
    }
    double curvature = dot(search->n, s, y);
    if (curvature <= 1e-14 * dot(search->n, y, y)) return;
    search->curvature[at] = curvature;
    search->newest = at;
    if (search->count < MEMORY) search->count++;
}

// Halves the step until f(x + step d) <= f(x) + 1e-4 step g.d. False when none does.
static bool line_search(Search *search, MinimiseFunction function, void *context, double *value, int *evaluations) {
    double slope = dot(search->n, search->gradient, search->direction), step = 1;
    if (search->count == 0) step = fmin(1, 1 / sqrt(-slope));    // no scale is known yet
    for (int i = 0; slope < 0 && i < HALVINGS; i++, step /= 2) {
        memcpy(search->next, search->x, search->n * sizeof *search->x);
        add_scaled(search->n, step, search->direction, search->next);
        double found = function(context, search->next, search->next_gradient);
        ++*evaluations;
        if (found <= *value + 1e-4 * step * slope) {
            *value = found;
            return true;
        }
    }
    return false;
}

static double *search_vectors(Search *search, size_t n) {
    double *memory = memory_alloc((5 + 2 * MEMORY) * n * sizeof *memory), *next = memory;
    double **const vectors[] = {&search->x, &search->gradient, &search->direction, &search->next, &search->next_gradient};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++, next += n) *vectors[i] = next;
    for (int i = 0; i < MEMORY; i++, next += 2 * n) search->s[i] = next, search->y[i] = next + n;
    return memory;
}

Minimum minimise(MinimiseFunction function, void *context, size_t n, double *x, int iterations, double tolerance) {
    assert(n > 0);
    Search search = {.n = n, .newest = -1};
    double *memory = search_vectors(&search, n);
    memcpy(search.x, x, n * sizeof *x);
    Minimum minimum = {.evaluations = 1, .value = function(context, search.x, search.gradient)};
    for (;; minimum.iterations++) {
        minimum.gradient_norm = sqrt(dot(n, search.gradient, search.gradient));
        minimum.converged = minimum.gradient_norm <= tolerance;
        if (minimum.converged || minimum.iterations == iterations) break;
        find_direction(&search);
        bool smaller = line_search(&search, function, context, &minimum.value, &minimum.evaluations);
        if (!smaller && search.count > 0) {    // what is remembered misleads here: once more, straight downhill
            search.count = 0;
            find_direction(&search);
            smaller = line_search(&search, function, context, &minimum.value, &minimum.evaluations);
        }
        if (!smaller) break;
        remember(&search);
        memcpy(search.x, search.next, n * sizeof *x);
        memcpy(search.gradient, search.next_gradient, n * sizeof *x);
    }
    memcpy(x, search.x, n * sizeof *x);
    free(memory);
    return minimum;
}
