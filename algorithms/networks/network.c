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

enum { LAYERS_MAX = 16, NETWORK_WEIGHTS_MAX = LAYERS_MAX * CELL_WEIGHTS_MAX + 2 };

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(NetworkParams, cell), "gru", 0, 0, cell_names, "recurrent cell"},
    {"layers", PARAM_INT, offsetof(NetworkParams, layers), "2", 1, LAYERS_MAX, NULL, "stacked recurrent layers"},
    {"hidden", PARAM_INT, offsetof(NetworkParams, hidden), "32", 1, 4096, NULL, "units per layer, H"},
};
const ParamTable network_params = {"network", rows, sizeof rows / sizeof *rows, sizeof(NetworkParams)};

// ---- creation ----------------------------------------------------------------------------------------------------------------

static int layer_input(const Network *network, int layer) {
    return layer == 0 ? network->input : network->hidden;
}

static int layer_first(const Network *network, int layer) {
    return layer * network->cell->weight_count;
}

static int head_weight(const Network *network) {
    return layer_first(network, network->layers);
}

Network *network_create(const NetworkParams *params, int input, int output, DType type) {
    assert(params->layers > 0 && params->layers <= LAYERS_MAX && params->hidden > 0 && input > 0 && output > 0);
    Network *network = memory_alloc(sizeof *network);
    *network = (Network){cell_types[params->cell], params->layers, params->hidden, input, output, weights_create(type)};
    for (int layer = 0; layer < network->layers; layer++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "layer%d/", layer);
        network->cell->declare(network->weights, prefix, layer_input(network, layer), network->hidden);
        assert(weights_count(network->weights) == layer_first(network, layer + 1));
    }
    weights_add(network->weights, "head/weight", network->hidden, output);
    weights_add(network->weights, "head/bias", 1, output);
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
        network->cell->initialise(network->weights, layer_first(network, layer), layer_input(network, layer), network->hidden,
                                  rng);
    }
    cell_uniform_by_width(network->weights, head_weight(network), 2, network->hidden, rng);
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

Node *network_last_outputs(const Network *network, Tape *tape, Node *const *weights, Node *x, int steps, const int *active) {
    if (network->cell->memoryless) {    // as good as sequences of one step, the last
        x = last_rows(tape, x, steps, active);
        steps = 1;
    }
    for (int layer = 0; layer < network->layers; layer++) {
        x = cell_sequence(network->cell, tape, weights + layer_first(network, layer), network->hidden, x, steps, active);
    }
    Node *last = last_rows(tape, x, steps, active);
    return tape_affine(tape, last, weights[head_weight(network)], weights[head_weight(network) + 1]);
}

// ---- step by step --------------------------------------------------------------------------------------------------------------

// Fused cells: packed weights and states are the layers'. Others, and products that are not portable: the step program on a tape.
struct NetworkState {
    const Network *network;
    int rows;
    bool loaded;
    FusedLayer **fused, *head;    // one per layer, and the last linear layer; NULL: the step program
    Tape *tape;
    Matrix *states;    // of the step program: layer by layer, each [rows, H]
};

static int state_count(const Network *network) {
    return network->layers * network->cell->state_count;
}

static void create_fused(NetworkState *state) {
    const Network *network = state->network;
    DType type = weights_type(network->weights);
    state->fused = memory_alloc((size_t)network->layers * sizeof(FusedLayer *));
    for (int layer = 0; layer < network->layers; layer++) {
        state->fused[layer] =
            fused_layer_create(network->cell->fused, type, layer_input(network, layer), network->hidden, state->rows);
    }
    state->head = fused_layer_create(&fused_linear, type, network->hidden, network->output, state->rows);
}

static void create_steps(NetworkState *state, const Linalg *linalg) {
    const Network *network = state->network;
    DType type = weights_type(network->weights);
    state->tape = tape_create(type, linalg);
    state->states = memory_alloc((size_t)state_count(network) * sizeof(Matrix));
    for (int i = 0; i < state_count(network); i++) {
        void *data = memory_zeroed((size_t)state->rows * (size_t)network->hidden, dtype_size(type));
        state->states[i] = matrix_view(type, state->rows, network->hidden, data);
    }
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
    for (int layer = 0; state->fused && layer < state->network->layers; layer++) fused_layer_destroy(state->fused[layer]);
    for (int i = 0; state->states && i < state_count(state->network); i++) free(state->states[i].data);
    fused_layer_destroy(state->head);
    tape_destroy(state->tape);
    free(state->fused);
    free(state->states);
    free(state);
}

void network_state_load(NetworkState *state, const Network *network) {
    assert(network->cell == state->network->cell && network->layers == state->network->layers &&
           network->hidden == state->network->hidden && network->input == state->network->input &&
           network->output == state->network->output &&
           weights_type(network->weights) == weights_type(state->network->weights));
    state->network = network;
    state->loaded = true;
    if (!state->fused) return;
    Matrix values[NETWORK_WEIGHTS_MAX];
    for (int i = 0; i < weights_count(network->weights); i++) values[i] = weights_value(network->weights, i);
    for (int layer = 0; layer < network->layers; layer++)
        fused_layer_load(state->fused[layer], values + layer_first(network, layer));
    fused_layer_load(state->head, values + head_weight(network));
}

// State number `kind` (h, then perhaps c) of a layer, [rows, H].
static Matrix state_matrix(const NetworkState *state, int layer, int kind) {
    if (state->fused) return fused_layer_state(state->fused[layer], kind);
    return state->states[layer * state->network->cell->state_count + kind];
}

void network_state_reset(NetworkState *state, int row) {
    for (int i = 0; i < state_count(state->network); i++) {
        int kinds = state->network->cell->state_count;
        matrix_zero(matrix_rows(state_matrix(state, i / kinds, i % kinds), row, 1));
    }
}

void network_state_move(NetworkState *state, int from, int to) {
    if (from == to) return;
    for (int i = 0; i < state_count(state->network); i++) {
        int kinds = state->network->cell->state_count;
        Matrix all = state_matrix(state, i / kinds, i % kinds);
        matrix_copy(matrix_rows(all, from, 1), matrix_rows(all, to, 1));
    }
}

static void step_program(NetworkState *state, Matrix x, Matrix output) {
    const Network *network = state->network;
    const CellType *cell = network->cell;
    Tape *tape = state->tape;
    tape_reset(tape, false);
    Node **weights = tape_weights(tape, network->weights);
    Node *input = tape_constant(tape, x);
    for (int layer = 0; layer < network->layers; layer++) {
        Node *const *own = weights + layer_first(network, layer);
        Matrix *kept = state->states + layer * cell->state_count;
        Node *old[CELL_STATES_MAX], *next[CELL_STATES_MAX];
        for (int s = 0; s < cell->state_count; s++) old[s] = tape_constant(tape, matrix_rows(kept[s], 0, x.rows));
        cell->step(tape, own, network->hidden, cell->project(tape, own, input), old, next);
        for (int s = 0; s < cell->state_count; s++) matrix_copy(next[s]->value, matrix_rows(kept[s], 0, x.rows));
        input = next[0];
    }
    Node *y = tape_affine(tape, input, weights[head_weight(network)], weights[head_weight(network) + 1]);
    matrix_copy(y->value, output);
}

void network_step(NetworkState *state, Matrix x, Matrix output) {
    const Network *network = state->network;
    assert(state->loaded && x.rows <= state->rows && x.cols == network->input && output.cols == network->output &&
           output.rows == x.rows);
    if (!state->fused) {
        step_program(state, x, output);
        return;
    }
    for (int layer = 0; layer < network->layers; layer++) x = fused_layer_step(state->fused[layer], x);
    matrix_copy(fused_layer_step(state->head, x), output);
}

int network_hidden_size(const Network *network, bool memory) {
    return network->layers * network->hidden * (memory ? network->cell->state_count : 1);
}

void network_hidden(const NetworkState *state, int row, bool memory, float *out) {
    const Network *network = state->network;
    int kinds = memory ? network->cell->state_count : 1;
    for (int kind = 0; kind < kinds; kind++) {
        for (int layer = 0; layer < network->layers; layer++) {
            Matrix kept = state_matrix(state, layer, kind);
            for (int j = 0; j < network->hidden; j++) *out++ = (float)matrix_get(kept, row, j);
        }
    }
}
