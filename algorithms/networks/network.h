// A recurrent network: stacked layers of one cell from a zero state, then one linear layer. No other non-linearity.
//
// A *double* layer (Lambrechts et al. 2023, "Warming up recurrent neural networks", section on partial warmup) is two independent cells of
// H/2 units that read the same input; their hidden states side by side are the layer's. Each of a layer's cells, one or two, is a *part* of it.
#pragma once

#include "algorithms/cells/cell.h"
#include "algorithms/cells/initialise.h"
#include "core/archive.h"
#include "core/param.h"

typedef struct NetworkParams {
    int cell;    // index into cell_types
    int layers;
    int hidden;            // units per layer, H
    bool doubled;          // double layers
    int parameters;        // not 0: `hidden` is ignored, H is the largest with so many learned numbers at most
    int initialisation;    // index into initialisation_names (algorithms/cells/initialise.h)
    double time_scale;     // T_max of the chrono initialisations
} NetworkParams;

extern const ParamTable network_params;

typedef struct Network {
    const CellType *cell;
    int layers, hidden, input, output;
    int parts;           // of a layer: 1, or 2 for double layers
    int width;           // of a part: H / parts
    Weights *weights;    // owned: layers in order, parts within each, then head/weight [H, output] and head/bias [1, output]
    CellStart start;     // how network_initialise begins
} Network;

// Whether the parameters go together: an even width for double layers, an initialisation that the cell has, enough learned numbers for
// one unit.
bool network_check(const NetworkParams *params, int input, int output, Error *error);

// `params` have passed network_check.
Network *network_create(const NetworkParams *params, int input, int output, DType type);
void network_destroy(Network *network);
// Each cell by the initialisation chosen, in order; head uniform on +-1/sqrt(H).
void network_initialise(Network *network, Rng *rng);
int network_parameter_count(const Network *network);                      // learned numbers
int network_first_weight(const Network *network, int layer, int part);    // index of a part's first matrix in `weights`
int network_layer_input(const Network *network, int layer);               // numbers that a layer reads

// ---- whole sequences -------------------------------------------------------------------------------------------------------

// Outputs at the last step of each sequence of a ragged batch. `x` [sum of active, I] holds, time step after time step, one row for
// each sequence that is still running; sequences are sorted by decreasing length, so step t has the first active[t] of them.
// Returns [active[0], output], in that order.
Node *network_last_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active);

// Outputs at `count` rows of x, in the order of `chosen` (their indices; NULL: at all rows): [count, output].
Node *network_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active,
                      int count, const int *chosen);

// The states of every cell after the last step of each sequence, in their sorted order: states[network_state_index(...)], each
// [active[0], width]. By the step program, so that gradients reach every state.
void network_final_states(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active,
                          Node **states);
// States of one part, by kind (h, then perhaps c), among all of a network.
int network_state_index(const Network *network, int layer, int part, int kind);
int network_state_count(const Network *network);

// One part of a layer by itself, fed the same input u [1, network_layer_input] for `steps` steps from the states in `states` (by kind, each
// [B, width]), which are replaced by the last ones.
void network_hold(const Network *network, Tape *tape, Node *const *weights, int layer, int part, Node *u, int steps,
                  Node **states);

// ---- step by step, many sequences at once ------------------------------------------------------------------------------------

// Recurrent states of up to `row_count` sequences, and the weights they are stepped with.
typedef struct NetworkState NetworkState;

// Zero states, no weights yet: network_state_load comes before the first step.
NetworkState *network_state_create(const Network *network, int row_count, const Linalg *linalg);
void network_state_destroy(NetworkState *state);
// Takes the network's weights as they are now: to be called again after they have changed.
void network_state_load(NetworkState *state, const Network *network);
void network_state_reset(NetworkState *state, int row);            // row back to the zero state
void network_state_move(NetworkState *state, int from, int to);    // copy one row over another
// Feeds x [n, I] to the first n sequences and writes the outputs [n, output]; states of the other rows are lost.
void network_step(NetworkState *state, Matrix x, Matrix output);
// The present states of one part, kind 0 (h) or 1, [row_count, width]: to be read and written; valid until the next step.
Matrix network_state_matrix(const NetworkState *state, int layer, int part, int kind);
// Numbers in a recurrent state: H per layer; with `memory` (LSTM) the cell states too.
int network_hidden_size(const Network *network, bool memory);
// The state of one sequence: h of layer 0, h of layer 1, ..., then with `memory` the c likewise.
void network_hidden(const NetworkState *state, int row, bool memory, float *out);
