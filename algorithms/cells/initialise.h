// How a layer's weights begin, and what the cells share for it.
#pragma once

#include "algorithms/cells/cell.h"
#include "core/error.h"
#include "core/rng.h"
#include "core/weights.h"

// Those that are not a cell's own know it by its CellBlocks. What they draw, and in which order:
//   orthogonal    Matrix after matrix as declared. Of the input: Glorot uniform, the fans being those of one gate, row after row. Recurrent
//                 ones: gate after gate an orthogonal block, gain 1 (core/orthogonal.h). Biases are zero. Keras's default, and the GRU of
//                 Lambrechts et al. 2023, "Warming up recurrent neural networks".
//   forget        All that `standard` draws; then every bias is zero but the forget gate's, 1 (Jozefowicz et al. 2015): what chrono is
//                 compared with.
//   chrono        All that `standard` draws; then every bias is zero but those of the gates that remember: log u with u uniform on
//                 [1, T_max - 1), one draw for each unit, with the sign with which the unit remembers for about u steps; a gate that
//                 writes and one that keeps (LSTM) share the draw (Tallec and Ollivier 2018, "Can recurrent neural networks warp time?").
//                 With two bias vectors, the recurrent one stays zero.
//   chrono-twice  The same for both bias vectors: u of all units for the first, then for the second. Gates then have +-log(u1 u2), so that
//                 units remember up to (T_max - 1)^2 steps: what the program of Lambrechts et al. 2023 does.
typedef enum CellInitialisation {
    CELL_STANDARD,    // the cell's own
    CELL_ORTHOGONAL,
    CELL_FORGET,
    CELL_CHRONO,
    CELL_CHRONO_TWICE,
    CELL_INITIALISATION_COUNT
} CellInitialisation;
extern const char *const initialisation_names[];    // NULL-terminated, in that order: the choices of a parameter

typedef struct CellStart {
    CellInitialisation initialisation;
    double time_scale;    // T_max of the chrono initialisations, in steps: 2 at least
} CellStart;

// Whether a cell can begin so; false with a message that says how it can, and which cells can. Orthogonal blocks need recurrent matrices;
// forget a gate that keeps and does not write; chrono a gate that remembers; chrono-twice two bias vectors of it.
bool cell_can_start(const CellType *cell, CellStart start, Error *error);
// Fills a layer's weights, from index `first`. `cell` can start so.
void cell_start(const CellType *cell, CellStart start, Weights *weights, int first, int input, int hidden, Rng *rng);

// ---- for cells -------------------------------------------------------------------------------------------------------------

// Adds a matrix named prefix + name.
void cell_declare(Weights *weights, const char *prefix, const char *name, int rows, int cols);

// Glorot uniform (Glorot and Bengio 2010): bound sqrt(6 / (fan_in + fan_out)), the fans being those of one gate.
void cell_glorot(Weights *weights, int index, int fan_in, int fan_out, Rng *rng);

// Uniform on +-1/sqrt(H) for `count` matrices from `first`: PyTorch's default for its recurrent layers.
void cell_uniform_by_width(Weights *weights, int first, int count, int hidden, Rng *rng);
