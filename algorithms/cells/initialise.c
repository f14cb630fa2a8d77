#include "algorithms/cells/initialise.h"

#include <math.h>
#include <stdio.h>

const char *const initialisation_names[] = {"standard", NULL};

bool cell_can_start(const CellType *cell, CellStart start, Error *error) {
    (void)cell, (void)start, (void)error;
    return true;
}

void cell_start(const CellType *cell, CellStart start, Weights *weights, int first, int input, int hidden, Rng *rng) {
    (void)start;
    cell->initialise(weights, first, input, hidden, rng);
}

void cell_declare(Weights *weights, const char *prefix, const char *name, int rows, int cols) {
    char full[64];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    weights_add(weights, full, rows, cols);
}

void cell_glorot(Weights *weights, int index, int fan_in, int fan_out, Rng *rng) {
    weights_uniform(weights, index, sqrt(6.0 / (fan_in + fan_out)), rng);
}

void cell_uniform_by_width(Weights *weights, int first, int count, int hidden, Rng *rng) {
    for (int i = first; i < first + count; i++) weights_uniform(weights, i, 1 / sqrt((double)hidden), rng);
}
