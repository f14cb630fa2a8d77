#include "algorithms/networks/network.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/cells/fused.h"
#include "algorithms/cells/initialise.h"
#include "algorithms/cells/sequence.h"
#include "core/arena.h"

enum { LAYERS_MAX = 16, PARTS_MAX = 2, NETWORK_WEIGHTS_MAX = LAYERS_MAX * PARTS_MAX * CELL_WEIGHTS_MAX + 2, HIDDEN_MAX = 4096 };

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(NetworkParams, cell), "gru", 0, 0, cell_names, "recurrent cell"},
    {"layers", PARAM_INT, offsetof(NetworkParams, layers), "2", 1, LAYERS_MAX, NULL, "stacked recurrent layers"},
    {"hidden", PARAM_INT, offsetof(NetworkParams, hidden), "32", 1, HIDDEN_MAX, NULL, "units per layer, H"},
    {"double", PARAM_BOOL, offsetof(NetworkParams, doubled), "false", 0, 0, NULL,
     "each layer is two independent cells of H/2 units, side by side"},
    {"parameters", PARAM_INT, offsetof(NetworkParams, parameters), "0", 0, 1e9, NULL,
     "H is the largest with so many learned numbers at most; 0: as `hidden` says"},
    {"initialisation", PARAM_CHOICE, offsetof(NetworkParams, initialisation), "standard", 0, 0, initialisation_names,
     "how cells begin"},
    {"time_scale", PARAM_REAL, offsetof(NetworkParams, time_scale), "100", 2, 1e9, NULL,
     "T_max of chrono initialisations, in steps"},
};
const ParamTable network_params = {"network", rows, sizeof rows / sizeof *rows, sizeof(NetworkParams)};

// ---- creation ----------------------------------------------------------------------------------------------------------------

int network_layer_input(const Network *network, int layer) {
    return layer == 0 ? network->input : network->hidden;
}

int network_first_weight(const Network *network, int layer, int part) {
    return (layer * network->parts + part) * network->cell->weight_count;
}

static int head_weight(const Network *network) {
    return network_first_weight(network, network->layers, 0);
}

static CellStart start_of(const NetworkParams *params) {
    return (CellStart){(CellInitialisation)params->initialisation, params->time_scale};
}

// Everything but memory for the values.
static Network *declare(const NetworkParams *params, int hidden, int input, int output, DType type) {
    Network *network = memory_alloc(sizeof *network);
    *network = (Network){.cell = cell_types[params->cell],
                         .layers = params->layers,
                         .hidden = hidden,
                         .input = input,
                         .output = output,
                         .parts = params->doubled ? 2 : 1,
                         .weights = weights_create(type),
                         .start = start_of(params)};
    network->width = hidden / network->parts;
    for (int layer = 0; layer < network->layers; layer++) {
        for (int part = 0; part < network->parts; part++) {
            char prefix[48];
            if (network->parts == 1) snprintf(prefix, sizeof prefix, "layer%d/", layer);
            else snprintf(prefix, sizeof prefix, "layer%d/cell%d/", layer, part);
            network->cell->declare(network->weights, prefix, network_layer_input(network, layer), network->width);
            assert(weights_count(network->weights) == network_first_weight(network, layer, part + 1));
        }
    }
    weights_add(network->weights, "head/weight", network->hidden, output);
    weights_add(network->weights, "head/bias", 1, output);
    return network;
}

static int64_t numbers_with(const NetworkParams *params, int hidden, int input, int output) {
    Network *network = declare(params, hidden, input, output, DTYPE_F32);
    int64_t count = weights_number_count(network->weights);
    network_destroy(network);
    return count;
}

// The largest H (in steps of a whole number of parts) within the budget; 0: not even the smallest.
static int matching_hidden(const NetworkParams *params, int input, int output) {
    int parts = params->doubled ? 2 : 1, low = 0, high = HIDDEN_MAX / parts + 1;    // in parts: low fits, high does not
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (numbers_with(params, middle * parts, input, output) <= params->parameters) low = middle;
        else high = middle;
    }
    return low * parts;
}

bool network_check(const NetworkParams *params, int input, int output, Error *error) {
    if (params->parameters == 0 && params->doubled && params->hidden % 2 != 0) {
        return error_set(
            error,
            "network.hidden: found %d with double layers, accepted: an even number, for each of the two cells has half of it",
            params->hidden);
    }
    if (params->parameters > 0 && matching_hidden(params, input, output) == 0) {
        int64_t fewest = numbers_with(params, params->doubled ? 2 : 1, input, output);
        return error_set(error, "network.parameters: found %d, accepted: at least %lld, as the smallest such network has",
                         params->parameters, (long long)fewest);
    }
    return cell_can_start(cell_types[params->cell], start_of(params), error);
}

Network *network_create(const NetworkParams *params, int input, int output, DType type) {
    assert(params->layers > 0 && params->layers <= LAYERS_MAX && input > 0 && output > 0);
    int hidden = params->parameters > 0 ? matching_hidden(params, input, output) : params->hidden;
    assert(hidden > 0 && (!params->doubled || hidden % 2 == 0));
    Network *network = declare(params, hidden, input, output, type);
    weights_seal(network->weights);
    return network;
}

void network_destroy(Network *network) {
    if (!network) return;
    weights_destroy(network->weights);
    free(network);
}

void network_initialise(Network *network, Rng *rng) {
    for (int layer = 0; layer < network->layers; layer++) {
        for (int part = 0; part < network->parts; part++) {
            cell_start(network->cell, network->start, network->weights, network_first_weight(network, layer, part),
                       network_layer_input(network, layer), network->width, rng);
        }
    }
    cell_uniform_by_width(network->weights, head_weight(network), 2, network->hidden, rng);
}

int network_parameter_count(const Network *network) {
    return (int)weights_number_count(network->weights);
}

// ---- whole sequences ---------------------------------------------------------------------------------------------------------

// Rows of the last step of each sequence, in their sorted order: [active[0], columns of x].
static Node *last_rows(Tape *tape, Node *x, int steps, const int *active) {
    // Sequences that end at step t are the last rows active there: from the last step to the first, they give the sorted order.
    Node **ends = tape_scratch(tape, (size_t)steps * sizeof(Node *));
    int count = 0;
    for (int t = steps - 1, end = x->value.rows; t >= 0; end -= active[t], t--) {
        int going_on = t + 1 < steps ? active[t + 1] : 0, ending = active[t] - going_on;
        if (ending > 0) ends[count++] = tape_rows(tape, x, end - ending, ending);
    }
    return tape_concat_rows(tape, count, ends);
}

// h of the last layer after every step [rows of x, H].
static Node *sequence(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active) {
    for (int layer = 0; layer < network->layers; layer++) {
        Node *h[PARTS_MAX];
        for (int part = 0; part < network->parts; part++) {
            h[part] = cell_sequence(network->cell, tape, weights + network_first_weight(network, layer, part), network->width,
                                    x, steps, active);
        }
        x = network->parts == 1 ? h[0] : tape_concat_cols(tape, network->parts, h);
    }
    return x;
}

static Node *head(const Network *network, Tape *tape, Node *const *weights, Node *h) {
    return tape_affine(tape, h, weights[head_weight(network)], weights[head_weight(network) + 1]);
}

Node *network_last_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active) {
    if (network->cell->memoryless) {    // as good as sequences of one step, the last
        x = last_rows(tape, x, steps, active);
        steps = 1;
    }
    return head(network, tape, weights, last_rows(tape, sequence(network, tape, weights, x, steps, active), steps, active));
}

Node *network_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active,
                      int count, const int *chosen) {
    Node *h = sequence(network, tape, weights, x, steps, active);
    return head(network, tape, weights, chosen ? tape_select_rows(tape, h, count, chosen) : h);
}

int network_state_index(const Network *network, int layer, int part, int kind) {
    return (layer * network->parts + part) * network->cell->state_count + kind;
}

int network_state_count(const Network *network) {
    return network_state_index(network, network->layers, 0, 0);
}

void network_final_states(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active,
                          Node **states) {
    for (int layer = 0; layer < network->layers; layer++) {
        Node *h[PARTS_MAX];
        for (int part = 0; part < network->parts; part++) {
            Node **own = states + network_state_index(network, layer, part, 0);
            h[part] = cell_unroll_states(network->cell, tape, weights + network_first_weight(network, layer, part),
                                         network->width, x, steps, active, own);
        }
        x = network->parts == 1 ? h[0] : tape_concat_cols(tape, network->parts, h);
    }
}

void network_hold(const Network *network, Tape *tape, Node *const *weights, int layer, int part, Node *u, int steps,
                  Node **states) {
    cell_hold(network->cell, tape, weights + network_first_weight(network, layer, part), network->width, u, steps, states);
}

// ---- step by step --------------------------------------------------------------------------------------------------------------

// Fused cells: packed weights and states are the layers'. Others, and products that are not portable: the step program on a tape.
struct NetworkState {
    const Network *network;
    int rows;
    bool loaded;
    FusedLayer **fused, *head;    // one per part of each layer, and the last linear layer; NULL: the step program
    Matrix joined;                // of double layers with fused cells: the parts' hidden states side by side, [rows, H]
    Tape *tape;
    Matrix *states;    // of the step program, by network_state_index, each [rows, width]
};

static int part_count(const Network *network) {
    return network->layers * network->parts;
}

static Matrix zeros(DType type, int row_count, int cols) {
    return matrix_view(type, row_count, cols, memory_zeroed((size_t)row_count * (size_t)cols, dtype_size(type)));
}

static void create_fused(NetworkState *state) {
    const Network *network = state->network;
    DType type = weights_type(network->weights);
    state->fused = memory_alloc((size_t)part_count(network) * sizeof(FusedLayer *));
    for (int i = 0; i < part_count(network); i++) {
        int input = network_layer_input(network, i / network->parts);
        state->fused[i] = fused_layer_create(network->cell->fused, type, input, network->width, state->rows);
    }
    if (network->parts > 1) state->joined = zeros(type, state->rows, network->hidden);
    state->head = fused_layer_create(&fused_linear, type, network->hidden, network->output, state->rows);
}

static void create_steps(NetworkState *state, const Linalg *linalg) {
    const Network *network = state->network;
    DType type = weights_type(network->weights);
    state->tape = tape_create(type, linalg);
    state->states = memory_alloc((size_t)network_state_count(network) * sizeof(Matrix));
    for (int i = 0; i < network_state_count(network); i++) state->states[i] = zeros(type, state->rows, network->width);
}

NetworkState *network_state_create(const Network *network, int row_count, const Linalg *linalg) {
    NetworkState *state = memory_alloc(sizeof *state);
    *state = (NetworkState){.network = network, .rows = row_count};
    if (network->cell->fused && linalg_is_portable(linalg)) create_fused(state);
    else create_steps(state, linalg);
    return state;
}

void network_state_destroy(NetworkState *state) {
    if (!state) return;
    for (int i = 0; state->fused && i < part_count(state->network); i++) fused_layer_destroy(state->fused[i]);
    for (int i = 0; state->states && i < network_state_count(state->network); i++) free(state->states[i].data);
    free(state->joined.data);
    fused_layer_destroy(state->head);
    tape_destroy(state->tape);
    free(state->fused);
    free(state->states);
    free(state);
}

void network_state_load(NetworkState *state, const Network *network) {
    assert(network->cell == state->network->cell && network->layers == state->network->layers &&
           network->parts == state->network->parts && network->hidden == state->network->hidden &&
           network->input == state->network->input && network->output == state->network->output &&
           weights_type(network->weights) == weights_type(state->network->weights));
    state->network = network;
    state->loaded = true;
    if (!state->fused) return;
    Matrix values[NETWORK_WEIGHTS_MAX];
    for (int i = 0; i < weights_count(network->weights); i++) values[i] = weights_value(network->weights, i);
    for (int i = 0; i < part_count(network); i++) fused_layer_load(state->fused[i], values + i * network->cell->weight_count);
    fused_layer_load(state->head, values + head_weight(network));
}

Matrix network_state_matrix(const NetworkState *state, int layer, int part, int kind) {
    const Network *network = state->network;
    if (state->fused) return fused_layer_state(state->fused[layer * network->parts + part], kind);
    return state->states[network_state_index(network, layer, part, kind)];
}

// State number `index` of network_state_index.
static Matrix state_matrix(const NetworkState *state, int index) {
    const Network *network = state->network;
    int kinds = network->cell->state_count, part = index / kinds;
    return network_state_matrix(state, part / network->parts, part % network->parts, index % kinds);
}

void network_state_reset(NetworkState *state, int row) {
    for (int i = 0; i < network_state_count(state->network); i++) matrix_zero(matrix_rows(state_matrix(state, i), row, 1));
}

void network_state_move(NetworkState *state, int from, int to) {
    if (from == to) return;
    for (int i = 0; i < network_state_count(state->network); i++) {
        Matrix all = state_matrix(state, i);
        matrix_copy(matrix_rows(all, from, 1), matrix_rows(all, to, 1));
    }
}

static void step_program(NetworkState *state, Matrix x, Matrix output) {
    const Network *network = state->network;
    const CellType *cell = network->cell;
    Tape *tape = state->tape;
    tape_reset(tape, false);
    Node **weights = tape_weights(tape, network->weights);
    Node *input = tape_constant(tape, x), *h[PARTS_MAX];
    for (int layer = 0; layer < network->layers; layer++) {
        for (int part = 0; part < network->parts; part++) {
            Node *const *own = weights + network_first_weight(network, layer, part);
            Matrix *kept = state->states + network_state_index(network, layer, part, 0);
            Node *old[CELL_STATES_MAX], *next[CELL_STATES_MAX];
            for (int s = 0; s < cell->state_count; s++) old[s] = tape_constant(tape, matrix_rows(kept[s], 0, x.rows));
            cell->step(tape, own, network->width, cell->project(tape, own, input), old, next);
            for (int s = 0; s < cell->state_count; s++) matrix_copy(next[s]->value, matrix_rows(kept[s], 0, x.rows));
            h[part] = next[0];
        }
        input = network->parts == 1 ? h[0] : tape_concat_cols(tape, network->parts, h);
    }
    matrix_copy(head(network, tape, weights, input)->value, output);
}

static Matrix step_layer(NetworkState *state, int layer, Matrix x) {
    const Network *network = state->network;
    if (network->parts == 1) return fused_layer_step(state->fused[layer], x);
    // The layer below is read from `joined`: it is written when both parts have read it.
    Matrix joined = matrix_rows(state->joined, 0, x.rows), h[PARTS_MAX];
    for (int part = 0; part < network->parts; part++)
        h[part] = fused_layer_step(state->fused[layer * network->parts + part], x);
    for (int part = 0; part < network->parts; part++)
        matrix_copy(h[part], matrix_cols(joined, part * network->width, network->width));
    return joined;
}

void network_step(NetworkState *state, Matrix x, Matrix output) {
    const Network *network = state->network;
    assert(state->loaded && x.rows <= state->rows && x.cols == network->input && output.cols == network->output &&
           output.rows == x.rows);
    if (!state->fused) {
        step_program(state, x, output);
        return;
    }
    for (int layer = 0; layer < network->layers; layer++) x = step_layer(state, layer, x);
    matrix_copy(fused_layer_step(state->head, x), output);
}

int network_hidden_size(const Network *network, bool memory) {
    return network->layers * network->hidden * (memory ? network->cell->state_count : 1);
}

void network_hidden(const NetworkState *state, int row, bool memory, float *out) {
    const Network *network = state->network;
    int kinds = memory ? network->cell->state_count : 1;
    for (int kind = 0; kind < kinds; kind++) {
        for (int i = 0; i < part_count(network); i++) {
            Matrix kept = network_state_matrix(state, i / network->parts, i % network->parts, kind);
            for (int j = 0; j < network->width; j++) *out++ = (float)matrix_get(kept, row, j);
        }
    }
}
