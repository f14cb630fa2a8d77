// Random numbers: step k draws from stream 2k of its role M, the prefixes, then u of each layer in order; pass p over the source takes its order
// from stream 2p + 1. So where a warmup stands is one number, and no generator has to be saved.
#include "algorithms/training/warmup.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/training/vaa_star.h"
#include "algorithms/training/warmup_internal.h"
#include "core/arena.h"
#include "core/normal.h"
#include "core/optim.h"

static const char *const placebo_names[] = {"real", "permuted", "rescaled", NULL};

static const ParamSpec specs[] = {
    {"steps", PARAM_INT, offsetof(WarmupParams, steps), "0", 0, 1e6, NULL, "gradient steps before training; 0: no warmup"},
    {"rate", PARAM_REAL, offsetof(WarmupParams, rate), "0.01", 1e-12, 1e30, NULL, "learning rate of Adam"},
    {"batch", PARAM_INT, offsetof(WarmupParams, batch), "32", 1, 65536, NULL, "sequences per step, the n of VAA*"},
    {"horizon_increment", PARAM_INT, offsetof(WarmupParams, horizon_increment), "10", 0, 1e6, NULL,
     "growth of the longest horizon, in steps per gradient step"},
    {"horizon_maximum", PARAM_INT, offsetof(WarmupParams, horizon_maximum), "200", 1, 1e6, NULL, "largest horizon M, in steps"},
    {"tolerance", PARAM_REAL, offsetof(WarmupParams, tolerance), "0.0001", 1e-12, 1e6, NULL,
     "epsilon of VAA*: states as close are one"},
    {"target", PARAM_REAL, offsetof(WarmupParams, target), "0.95", 0, 1, NULL, "VAA* that every layer is pushed to"},
    {"partial", PARAM_BOOL, offsetof(WarmupParams, partial), "false", 0, 0, NULL,
     "of double layers only the first cell is held to the target"},
    {"placebo", PARAM_CHOICE, offsetof(WarmupParams, placebo), "real", 0, 0, placebo_names,
     "afterwards entries permuted, or the unwarmed weights with warmed norms: controls"},
};
const ParamTable warmup_params = {"warmup", specs, sizeof specs / sizeof *specs, sizeof(WarmupParams)};

struct Warmup {
    WarmupParams params;
    Network *network;
    uint64_t seed;
    int64_t done;
    Tape *tape;
    Optim *optim;
    SequenceBatch *batch;
    int64_t *index;    // of a batch: which sequences, and how much of them
    int *length;
    Matrix *u;          // per layer [1, its input]
    Matrix unwarmed;    // values before the first step, [1, all], if the placebo needs them
    int *order;         // of pass `pass` over `order_count` sequences; NULL at first
    int order_count;
    int64_t pass;
};

bool warmup_check(const WarmupParams *params, const NetworkParams *network, Error *error) {
    if (params->steps > 0 && params->partial && !network->doubled)
        return error_set(error, "warmup.partial: found true with network.double false, accepted: only with double layers");
    return true;
}

static Matrix zeros(DType type, int cols) {
    return matrix_view(type, 1, cols, memory_zeroed((size_t)cols, dtype_size(type)));
}

Warmup *warmup_create(const WarmupParams *params, Network *network, int longest, uint64_t seed, const Linalg *linalg) {
    assert(params->steps == 0 || !params->partial || network->parts > 1);
    DType type = weights_type(network->weights);
    Warmup *warmup = memory_zeroed(1, sizeof *warmup);
    warmup->params = *params;
    warmup->network = network;
    warmup->seed = seed;
    warmup->tape = tape_create(type, linalg);
    OptimParams optim = optim_default_params();
    optim.learning_rate = params->rate;
    warmup->optim = optim_create(optim, network->weights);
    warmup->batch = sequence_batch_create(params->batch, longest, network->input, type);
    warmup->index = memory_alloc((size_t)params->batch * sizeof *warmup->index);
    warmup->length = memory_alloc((size_t)params->batch * sizeof *warmup->length);
    warmup->u = memory_alloc((size_t)network->layers * sizeof *warmup->u);
    for (int layer = 0; layer < network->layers; layer++) warmup->u[layer] = zeros(type, network_layer_input(network, layer));
    if (params->placebo == WARMUP_RESCALED) {
        warmup->unwarmed = zeros(type, weights_values(network->weights).cols);
        matrix_copy(weights_values(network->weights), warmup->unwarmed);
    }
    return warmup;
}

void warmup_destroy(Warmup *warmup) {
    if (!warmup) return;
    tape_destroy(warmup->tape);
    optim_destroy(warmup->optim);
    sequence_batch_destroy(warmup->batch);
    for (int layer = 0; layer < warmup->network->layers; layer++) free(warmup->u[layer].data);
    free(warmup->u);
    free(warmup->index);
    free(warmup->length);
    free(warmup->unwarmed.data);
    free(warmup->order);
    free(warmup);
}

void warmup_record(const Recorder *recorder, int64_t step, WarmupStep did) {
    record_scalar(recorder, "warmup/loss", step, did.loss);
    record_scalar(recorder, "warmup/vaa-star", step, did.vaa_star);
    record_scalar(recorder, "warmup/horizon", step, did.horizon);
}

int64_t warmup_done(const Warmup *warmup) {
    return warmup->done;
}

bool warmup_over(const Warmup *warmup) {
    return warmup->done >= warmup->params.steps;
}

// ---- the loss ----------------------------------------------------------------------------------------------------------------

static Node *layer_star(const WarmupParams *params, const Network *network, Tape *tape, Node *const *weights,
                        const WarmupDraw *draw, int layer, Node **states) {
    int held = params->partial ? 1 : network->parts;
    Node *u = tape_constant(tape, draw->u[layer]);
    for (int part = 0; part < held; part++) {
        Node **own = states + network_state_index(network, layer, part, 0);
        network_hold(network, tape, weights, layer, part, u, draw->horizon, own);
    }
    return vaa_star(tape, held * network->cell->state_count, states + network_state_index(network, layer, 0, 0),
                    params->tolerance);
}

Node *warmup_loss(const WarmupParams *params, const Network *network, Tape *tape, Node *const *weights, const WarmupDraw *draw,
                  Node **stars) {
    const SequenceBatch *prefixes = draw->prefixes;
    Node **states = tape_scratch(tape, (size_t)network_state_count(network) * sizeof *states);
    Node *x = tape_constant(tape, prefixes->x), *target = tape_zeros(tape, 1, network->layers);
    network_final_states(network, tape, weights, x, prefixes->steps, prefixes->active, states);
    for (int layer = 0; layer < network->layers; layer++) {
        stars[layer] = layer_star(params, network, tape, weights, draw, layer, states);
        matrix_set(target->value, 0, layer, params->target);
    }
    return tape_mean_squared_error(tape, tape_concat_cols(tape, network->layers, stars), target);
}

// ---- one step ----------------------------------------------------------------------------------------------------------------

// The sequences of step k: consecutive pieces of the order of its pass.
static int choose_sequences(Warmup *warmup, const SequenceSource *source) {
    assert(source->count > 0 && source->count <= INT_MAX);
    int count = (int)source->count, batch = warmup->params.batch;
    int64_t batches = (count + (int64_t)batch - 1) / batch, pass = warmup->done / batches;
    if (!warmup->order || warmup->order_count != count || warmup->pass != pass) {
        free(warmup->order);
        warmup->order = memory_alloc((size_t)count * sizeof *warmup->order);
        warmup->order_count = count;
        warmup->pass = pass;
        Rng rng = rng_stream(warmup->seed, RNG_WARMUP, 2 * (uint64_t)pass + 1);
        rng_permutation(&rng, count, warmup->order);
    }
    int first = (int)(warmup->done % batches) * batch, taken = count - first < batch ? count - first : batch;
    for (int i = 0; i < taken; i++) warmup->index[i] = warmup->order[first + i];
    return taken;
}

static WarmupDraw draw_step(Warmup *warmup, const SequenceSource *source) {
    const WarmupParams *params = &warmup->params;
    int count = choose_sequences(warmup, source);
    Rng rng = rng_stream(warmup->seed, RNG_WARMUP, 2 * (uint64_t)warmup->done);
    int64_t grown = 1 + params->horizon_increment * warmup->done;
    int64_t most = grown < params->horizon_maximum ? grown : params->horizon_maximum;
    int horizon = 1 + (int)rng_below(&rng, (uint32_t)most);
    for (int i = 0; i < count; i++) warmup->length[i] = sequence_piece(source, warmup->index[i], &rng);
    sequence_batch_load(warmup->batch, source, count, warmup->index, warmup->length);
    for (int layer = 0; layer < warmup->network->layers; layer++) rng_normals(&rng, warmup->u[layer]);
    return (WarmupDraw){warmup->batch, horizon, warmup->u};
}

static WarmupStep differentiate(Warmup *warmup, const WarmupDraw *draw) {
    const Network *network = warmup->network;
    Tape *tape = warmup->tape;
    tape_reset(tape, true);
    matrix_zero(weights_gradients(network->weights));
    Node **stars = tape_scratch(tape, (size_t)network->layers * sizeof *stars);
    Node *loss = warmup_loss(&warmup->params, network, tape, tape_weights(tape, network->weights), draw, stars);
    tape_backward(tape, loss);
    WarmupStep out = {.horizon = draw->horizon, .loss = matrix_get(loss->value, 0, 0)};
    for (int layer = 0; layer < network->layers; layer++) out.vaa_star += matrix_get(stars[layer]->value, 0, 0);
    out.vaa_star /= network->layers;
    return out;
}

static void make_placebo(Warmup *warmup) {
    Rng rng = rng_stream(warmup->seed, RNG_PLACEBO, 0);
    switch ((WarmupPlacebo)warmup->params.placebo) {
    case WARMUP_REAL: break;
    case WARMUP_PERMUTED: warmup_permute(warmup->network, &rng); break;
    case WARMUP_RESCALED: warmup_rescale(warmup->network, warmup->unwarmed); break;
    }
}

bool warmup_step(Warmup *warmup, const SequenceSource *source, WarmupStep *out, Error *error) {
    assert(!warmup_over(warmup));
    Weights *weights = warmup->network->weights;
    WarmupDraw draw = draw_step(warmup, source);
    *out = differentiate(warmup, &draw);
    if (!isfinite(out->loss) || !matrix_finite(weights_gradients(weights))) {
        return error_set(error,
                         "warmup: step %lld with a horizon of %d found a loss of %g and a gradient that is %sfinite, accepted: "
                         "finite numbers; a smaller warmup.rate may help",
                         (long long)warmup->done, draw.horizon, out->loss,
                         matrix_finite(weights_gradients(weights)) ? "" : "not ");
    }
    optim_step(warmup->optim, weights);
    warmup->done++;
    if (warmup_over(warmup)) make_placebo(warmup);
    return true;
}

void warmup_archive(Warmup *warmup, Archive *archive) {
    archive_enter(archive, "warmup");
    archive_i64(archive, "done", &warmup->done);
    if (archive_loading(archive) && (warmup->done < 0 || warmup->done > warmup->params.steps))
        archive_reject(archive, "warmup/done %lld lies outside 0..%d", (long long)warmup->done, warmup->params.steps);
    optim_archive(warmup->optim, archive);
    if (warmup->unwarmed.data) {
        Matrix all = warmup->unwarmed;
        archive_array(archive, "unwarmed", all.type, 1, (size_t[]){(size_t)all.cols}, all.data);
    }
    archive_leave(archive);
}
