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

// What a matrix of a cell is for. Gates lie side by side in columns, H of them each.
typedef enum CellMatrix {
    CELL_INPUT,        // [I, gates * H]
    CELL_RECURRENT,    // [H, gates * H]
    CELL_SELF,         // [1, H]: of a unit's own state
    CELL_BIAS,         // [1, gates * H], or a number for each unit that a gate is made of
} CellMatrix;

// A gate that decides how long a unit remembers: columns [block * H, (block + 1) * H) of its bias.
typedef struct CellGate {
    int bias[2];    // matrices that are added to its bias: CellBlocks.bias_vectors of them
    int block;
    int sign;    // +1: the larger the bias, the longer a unit remembers; -1: the shorter
} CellGate;

// A cell as initialisations see it that are not its own (algorithms/cells/initialise.h).
typedef struct CellBlocks {
    CellMatrix matrices[CELL_WEIGHTS_MAX];    // in the order of their declaration
    int bias_vectors;                         // that are added to one: 1, or 2 in PyTorch's convention
    int gate_count;                           // 0; 1: one gate keeps and writes; 2: one that keeps, then one that writes
    CellGate gates[2];
} CellBlocks;

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
    bool memoryless;             // the new states do not depend on the old ones: of a sequence only the last step matters
    const FusedCell *fused;      // the same for whole sequences at once (algorithms/cells/fused.h); NULL: by steps
    const CellBlocks *blocks;    // NULL: begins in its own way only
} CellType;

// The registry: one line per cell, in algorithms/cells/cells.c.
extern const CellType *const cell_types[];
extern const size_t cell_type_count;
extern const char *const cell_names[];    // NULL-terminated, in the same order: the choices of a parameter
