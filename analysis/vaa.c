// Products and functions are those of the stepping network in double, which are portable: these values are digested in runs.
#include "analysis/vaa.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/normal.h"

static const ParamSpec specs[] = {
    {"period", PARAM_INT, offsetof(VaaParams, period), "0", 0, 1e9, NULL,
     "units of training between two measurements; 0: never"},
    {"samples", PARAM_INT, offsetof(VaaParams, samples), "32", 1, 65536, NULL, "sequences of an estimate, n"},
    {"horizon", PARAM_INT, offsetof(VaaParams, horizon), "10000", 1, 1e9, NULL, "steps with one input held, M"},
    {"estimates", PARAM_INT, offsetof(VaaParams, estimates), "10", 1, 100000, NULL, "estimates whose mean is the value"},
    {"tolerance", PARAM_REAL, offsetof(VaaParams, tolerance), "0.0001", 1e-15, 1e6, NULL,
     "distance below which two states are in one place, epsilon"},
};
const ParamTable vaa_params = {"vaa", specs, sizeof specs / sizeof *specs, sizeof(VaaParams)};

// A row of the network while its input is held.
typedef struct Row {
    int sequence, left;    // steps
    bool settled;
} Row;

struct Vaa {
    VaaParams params;
    Network *network;    // in double
    NetworkState *state;
    SequenceBatch *prefixes;
    int64_t *index;
    int *length;
    Matrix u, held, output;    // [1, I]; the same in every row [n, I]; what the head says, unused
    Row *rows;
    int settled;               // rows that are
    Matrix states, earlier;    // [n, D]: the last ones, and those that later ones are compared with
};

static Matrix zeros(int rows, int cols) {
    return matrix_view(DTYPE_F64, rows, cols, memory_zeroed((size_t)rows * (size_t)cols, sizeof(double)));
}

Vaa *vaa_create(const VaaParams *params, const NetworkParams *shape, int input, int output, int longest) {
    int n = params->samples;
    Vaa *vaa = memory_zeroed(1, sizeof *vaa);
    vaa->params = *params;
    vaa->network = network_create(shape, input, output, DTYPE_F64);
    vaa->state = network_state_create(vaa->network, n, linalg_portable());
    vaa->prefixes = sequence_batch_create(n, longest, input, DTYPE_F64);
    vaa->index = memory_alloc((size_t)n * sizeof *vaa->index);
    vaa->length = memory_alloc((size_t)n * sizeof *vaa->length);
    vaa->u = zeros(1, input);
    vaa->held = zeros(n, input);
    vaa->output = zeros(n, output);
    vaa->rows = memory_alloc((size_t)n * sizeof *vaa->rows);
    vaa->states = zeros(n, vaa_state_size(vaa->network));
    vaa->earlier = zeros(n, vaa_state_size(vaa->network));
    return vaa;
}

void vaa_destroy(Vaa *vaa) {
    if (!vaa) return;
    network_state_destroy(vaa->state);
    network_destroy(vaa->network);
    sequence_batch_destroy(vaa->prefixes);
    free(vaa->index);
    free(vaa->length);
    free(vaa->u.data);
    free(vaa->held.data);
    free(vaa->output.data);
    free(vaa->rows);
    free(vaa->states.data);
    free(vaa->earlier.data);
    free(vaa);
}

// ---- of given states ---------------------------------------------------------------------------------------------------------

double vaa_of_states(Matrix states, double tolerance) {
    assert(states.type == DTYPE_F64);
    const Kernels *kernels = kernels_for(DTYPE_F64);
    int n = states.rows, *near = memory_zeroed((size_t)n + 1, sizeof *near);
    Matrix difference = zeros(1, states.cols);
    double sum = n > 0 && matrix_finite(states) ? 0 : NAN;
    for (int i = 0; i < n && !isnan(sum); i++) {
        near[i]++;    // itself
        for (int j = i + 1; j < n; j++) {
            kernels->sub(matrix_rows(states, i, 1), matrix_rows(states, j, 1), difference);
            if (sqrt(kernels->sum_squares(difference)) < tolerance) near[i]++, near[j]++;
        }
        sum += 1.0 / near[i];
    }
    free(difference.data);
    free(near);
    return sum / n;
}

// ---- of a network ------------------------------------------------------------------------------------------------------------

int vaa_state_size(const Network *network) {
    return network_state_count(network) * network->width;
}

static void take_weights(Vaa *vaa, const Network *network) {
    Weights *own = vaa->network->weights;
    assert(network->cell == vaa->network->cell && weights_count(network->weights) == weights_count(own));
    for (int k = 0; k < weights_count(own); k++) {
        Matrix from = weights_value(network->weights, k), to = weights_value(own, k);
        assert(from.rows == to.rows && from.cols == to.cols);
        for (int i = 0; i < to.rows; i++) {
            for (int j = 0; j < to.cols; j++) matrix_set(to, i, j, matrix_get(from, i, j));
        }
    }
    network_state_load(vaa->state, vaa->network);
}

// Columns of the state number `index` of network_state_index in a matrix [n, D], and the network's own rows of it.
static Matrix columns(const Vaa *vaa, Matrix states, int index) {
    return matrix_cols(states, index * vaa->network->width, vaa->network->width);
}

static Matrix present(const Vaa *vaa, int index) {
    int kinds = vaa->network->cell->state_count, cell = index / kinds, parts = vaa->network->parts;
    return network_state_matrix(vaa->state, cell / parts, cell % parts, index % kinds);
}

static int state_count(const Vaa *vaa) {
    return network_state_count(vaa->network);
}

// Row i of the network, for the sequence that it belongs to.
static void put_aside(const Vaa *vaa, int i, Matrix states, int sequence) {
    for (int k = 0; k < state_count(vaa); k++)
        matrix_copy(matrix_rows(present(vaa, k), i, 1), matrix_rows(columns(vaa, states, k), sequence, 1));
}

static void step(Vaa *vaa, Matrix x) {
    network_step(vaa->state, x, matrix_rows(vaa->output, 0, x.rows));
}

// From zero to the ends of the prefixes. As sequences end, their states are put aside in `states`, in the order that they were asked for; at last
// all go back into the network.
static void run_prefixes(Vaa *vaa, const SequenceBatch *prefixes, Matrix states) {
    for (int i = 0; i < vaa->params.samples; i++) network_state_reset(vaa->state, i);
    for (int t = 0, first = 0; t < prefixes->steps; first += prefixes->active[t], t++) {
        step(vaa, matrix_rows(prefixes->x, first, prefixes->active[t]));
        for (int i = t + 1 < prefixes->steps ? prefixes->active[t + 1] : 0; i < prefixes->active[t]; i++) {
            put_aside(vaa, i, states, prefixes->order[i]);
        }
    }
    for (int k = 0; k < state_count(vaa); k++)
        matrix_copy(columns(vaa, states, k), matrix_rows(present(vaa, k), 0, states.rows));
}

static bool same_state(const Vaa *vaa, int i, Matrix states) {
    for (int k = 0; k < state_count(vaa); k++) {
        Matrix now = present(vaa, k), then = columns(vaa, states, k);
        if (memcmp(matrix_row(now, i), matrix_row(then, i), (size_t)now.cols * sizeof(double)) != 0) return false;
    }
    return true;
}

// The last of the running rows takes the place of row i.
static void replace_row(Vaa *vaa, int i, int last) {
    network_state_move(vaa->state, last, i);
    if (last != i) matrix_copy(matrix_rows(vaa->earlier, last, 1), matrix_rows(vaa->earlier, i, 1));
    vaa->rows[i] = vaa->rows[last];
}

// One step done, `since` after `earlier` was taken: which rows have been there before, and which are over. Returns how many run on.
static int advance_rows(Vaa *vaa, int running, int since, Matrix states) {
    for (int i = running - 1; i >= 0; i--) {
        Row *row = &vaa->rows[i];
        row->left--;
        if (!row->settled && same_state(vaa, i, vaa->earlier)) {
            row->settled = true;
            row->left %= since;
            vaa->settled++;
        }
        if (row->left > 0) continue;
        put_aside(vaa, i, states, row->sequence);
        replace_row(vaa, i, --running);
    }
    return running;
}

// The states that later ones are compared with are renewed after so many steps, later after a quarter of all: so long is the longest cycle found.
enum { CYCLE_FIRST = 64 };

// The map from one step to the next is the same each time, so a state that has been there before, to the last bit, goes round in a cycle: of one
// step, where it rests, or of more, where rounding or the dynamics keep it moving. Of the steps that are left only the part of a round is
// gone. True if all came to that.
static bool hold(Vaa *vaa, Matrix x, int horizon, Matrix states) {
    int running = horizon > 0 ? x.rows : 0, since = 0, renewal = 0;
    vaa->settled = 0;
    for (int i = 0; i < running; i++) vaa->rows[i] = (Row){i, horizon, false};
    for (int done = 0; running > 0; done++) {
        if (since == renewal) {
            Matrix earlier = matrix_rows(vaa->earlier, 0, running);
            for (int k = 0; k < state_count(vaa); k++)
                matrix_copy(matrix_rows(present(vaa, k), 0, running), columns(vaa, earlier, k));
            if (!matrix_finite(earlier)) break;
            since = 0;
            renewal = done / 4 > CYCLE_FIRST ? done / 4 : CYCLE_FIRST;
        }
        step(vaa, matrix_rows(x, 0, running));
        running = advance_rows(vaa, running, ++since, states);
    }
    for (int i = 0; i < running; i++) put_aside(vaa, i, states, vaa->rows[i].sequence);
    return vaa->settled == x.rows;
}

static bool settle(Vaa *vaa, const SequenceBatch *prefixes, Matrix u, int horizon, Matrix states) {
    assert(prefixes->count <= vaa->params.samples && states.rows == prefixes->count && states.type == DTYPE_F64);
    Matrix held = matrix_rows(vaa->held, 0, prefixes->count);
    kernels_for(DTYPE_F64)->repeat_row(u, held);
    run_prefixes(vaa, prefixes, states);
    return hold(vaa, held, horizon, states);
}

bool vaa_final_states(Vaa *vaa, const Network *network, const SequenceBatch *prefixes, Matrix u, int horizon, Matrix states) {
    take_weights(vaa, network);
    settle(vaa, prefixes, u, horizon, states);
    return matrix_finite(states);
}

VaaEstimate vaa_estimate(Vaa *vaa, const Network *network, const SequenceSource *source, uint64_t seed, uint64_t index) {
    const VaaParams *params = &vaa->params;
    assert(source->count > 0 && source->count <= UINT32_MAX);
    VaaEstimate out = {0};
    take_weights(vaa, network);
    for (int k = 0; k < params->estimates; k++) {
        Rng rng = rng_stream(seed, RNG_VAA, index * (uint64_t)params->estimates + (uint64_t)k);
        for (int i = 0; i < params->samples; i++) vaa->index[i] = rng_below(&rng, (uint32_t)source->count);
        for (int i = 0; i < params->samples; i++) vaa->length[i] = sequence_piece(source, vaa->index[i], &rng);
        rng_normals(&rng, vaa->u);
        sequence_batch_load(vaa->prefixes, source, params->samples, vaa->index, vaa->length);
        out.settled += settle(vaa, vaa->prefixes, vaa->u, params->horizon, vaa->states);
        out.value += vaa_of_states(vaa->states, params->tolerance);
    }
    out.value /= params->estimates;
    out.settled /= params->estimates;
    return out;
}
