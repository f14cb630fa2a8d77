// How a layer's weights begin, and what the cells share for it.
#pragma once

#include "algorithms/cells/cell.h"
#include "core/error.h"
#include "core/rng.h"
#include "core/weights.h"

typedef enum CellInitialisation {
    CELL_STANDARD,    // the cell's own
    CELL_INITIALISATION_COUNT
} CellInitialisation;
extern const char *const initialisation_names[];    // NULL-terminated, in that order: the choices of a parameter

typedef struct CellStart {
    CellInitialisation initialisation;
    double time_scale;    // T_max of the chrono initialisations, in steps
} CellStart;

// Whether a cell can begin so; false with a message that says which can.
bool cell_can_start(const CellType *cell, CellStart start, Error *error);
// Fills a layer's weights, from index `first`.
void cell_start(const CellType *cell, CellStart start, Weights *weights, int first, int input, int hidden, Rng *rng);

// ---- for cells -------------------------------------------------------------------------------------------------------------

// Adds a matrix named prefix + name.
void cell_declare(Weights *weights, const char *prefix, const char *name, int rows, int cols);

// Glorot uniform (Glorot and Bengio 2010): bound sqrt(6 / (fan_in + fan_out)), the fans being those of one gate.
void cell_glorot(Weights *weights, int index, int fan_in, int fan_out, Rng *rng);

// Uniform on +-1/sqrt(H) for `count` matrices from `first`: PyTorch's default for its recurrent layers.
void cell_uniform_by_width(Weights *weights, int first, int count, int hidden, Rng *rng);
