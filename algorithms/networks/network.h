// A recurrent network: stacked layers of one cell from a zero state, then one linear layer. No other non-linearity.
#pragma once

#include "algorithms/cells/cell.h"
#include "core/archive.h"
#include "core/param.h"

typedef struct NetworkParams {
    int cell;    // index into cell_types
    int layers;
    int hidden;    // units per layer, H
} NetworkParams;

extern const ParamTable network_params;

typedef struct Network {
    const CellType *cell;
    int layers, hidden, input, output;
    Weights *weights;    // owned: layers in order, then head/weight [H, output] and head/bias [1, output]
} Network;

Network *network_create(const NetworkParams *params, int input, int output, DType type);
void network_destroy(Network *network);
// The authors' initialisation: the cell's own for each layer; head uniform on +-1/sqrt(H).
void network_initialise(Network *network, Rng *rng);

// ---- whole sequences -------------------------------------------------------------------------------------------------------

// Outputs at the last step of each sequence of a ragged batch. `x` [sum of active, I] holds, time step after time step, one row for
// each sequence that is still running; sequences are sorted by decreasing length, so step t has the first active[t] of them.
// Returns [active[0], output], in that order.
Node *network_last_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active);

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
// Numbers in a recurrent state: H per layer; with `memory` (LSTM) the cell states too.
int network_hidden_size(const Network *network, bool memory);
// The state of one sequence: h of layer 0, h of layer 1, ..., then with `memory` the c likewise.
void network_hidden(const NetworkState *state, int row, bool memory, float *out);
