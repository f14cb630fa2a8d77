#include "analysis/multiplicity.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

void holm_adjust(const double *p, int count, double *adjusted) {
    if (count == 0) return;
    double *known = memory_alloc(sizeof(double) * (size_t)count);
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)count);
    for (int i = 0; i < count; i++) known[i] = isnan(p[i]) ? 1 : p[i];
    gsl_sort_index(order, known, 1, (size_t)count);
    double running = 0;
    for (int i = 0; i < count; i++) {
        running = fmax(running, fmin(1, (count - i) * known[order[i]]));
        adjusted[order[i]] = running;
    }
    free(order);
    free(known);
}
