// Recurrent cells. A cell is a page: its equations in the field's notation with the source, its weights and their initialisation,
// its step as tape operations.
//
// A layer is a cell with its weights inside a larger set: they are declared one after the other, `first` being the index of the first.
// Weight matrices are stored [inputs, outputs] (x W needs no transposition), the gates side by side in columns: one product serves all.
#pragma once

#include "core/rng.h"
#include "core/tape.h"
#include "core/weights.h"

enum { CELL_STATES_MAX = 2, CELL_WEIGHTS_MAX = 8 };

typedef struct FusedCell FusedCell;

typedef struct CellType {
    const char *name, *help, *source;
    int state_count;     // matrices [B,H] that are carried on: 1, or 2 for the LSTM. The first is the hidden state h.
    int weight_count;    // matrices that `declare` adds
    // Adds the weights of one layer; their names begin with `prefix` ("layer0/").
    void (*declare)(Weights *weights, const char *prefix, int input, int hidden);
    void (*initialise)(Weights *weights, int first, int input, int hidden, Rng *rng);
    // What the step needs from the input, for any number of time steps at once: x [N,I] -> [N, gates * H], biases included.
    Node *(*project)(Tape *tape, Node *const *weights, Node *x);
    // One step: projected input [B, gates * H] and old states [B,H] -> new states.
    void (*step)(Tape *tape, Node *const *weights, int hidden, Node *projected, Node *const *state, Node **next);
    bool memoryless;           // the new states do not depend on the old ones: of a sequence only the last step matters
    const FusedCell *fused;    // the same for whole sequences at once (algorithms/cells/fused.h); NULL: by steps
} CellType;

// The registry: one line per cell, in algorithms/cells/cells.c.
extern const CellType *const cell_types[];
extern const size_t cell_type_count;
extern const char *const cell_names[];    // NULL-terminated, in the same order: the choices of a parameter
