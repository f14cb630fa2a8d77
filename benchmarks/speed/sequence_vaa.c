// engram bench sequence, rows "vaa": the time of one estimate of VAA with n sequences and M steps, of a network as it begins. And whether its
// steps run at the rate of the forward pass: `forward/engram` is the time of a hundred steps on a tape without gradients, in double as
// VAA is, over the time of as many in the estimator, weights packed anew on both sides.
//
// States that repeat bit by bit end an estimate early, so its time is not M times that of a step; how many did is a note.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/cells/cell.h"
#include "analysis/vaa.h"
#include "benchmarks/speed/sequence.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "core/normal.h"

enum { INPUT = 1, OUTPUT = 1, PREFIX = 60, HELD = 40, TOGETHER = PREFIX + HELD };    // too few steps held to come to rest

typedef struct VaaWork {
    const SequenceBenchParams *bench;
    Network *network;
    Vaa *vaa;
    SequenceBatch *prefixes;    // all of PREFIX steps
    Matrix u, states, x;        // [1, I], [n, D], [TOGETHER * n, I]
    int *active;                // [TOGETHER]
    Tape *tape;
} VaaWork;

static int whole_length(void *context, int64_t index) {
    (void)context, (void)index;
    return TOGETHER;
}

// Normal numbers, sequence number `index` from a stream of its own.
static void read_normals(void *context, int64_t index, int steps, Matrix out) {
    (void)context, (void)steps;
    Rng rng = rng_stream(1, RNG_TEST, (uint64_t)index);
    rng_normals(&rng, out);
}

static const SequenceSource source = {.longest = TOGETHER, .count = 1000, .steps = whole_length, .read = read_normals};

static Matrix normals(int rows, int cols) {
    Matrix out = matrix_view(DTYPE_F64, rows, cols, memory_zeroed((size_t)rows * (size_t)cols, sizeof(double)));
    Rng rng = rng_stream(1, RNG_TEST, UINT32_MAX);
    rng_normals(&rng, out);
    return out;
}

static void load_prefixes(SequenceBatch *batch, int count) {
    int64_t *index = memory_zeroed((size_t)count, sizeof *index);
    int *length = memory_zeroed((size_t)count, sizeof *length);
    for (int i = 0; i < count; i++) index[i] = i, length[i] = PREFIX;
    sequence_batch_load(batch, &source, count, index, length);
    free(index);
    free(length);
}

static VaaWork make_work(const SequenceBenchParams *bench, int cell, int hidden) {
    int n = bench->samples;
    NetworkParams shape = sequence_network(cell, hidden);
    VaaParams params;
    param_defaults(&vaa_params, &params);
    params.samples = n;
    params.horizon = bench->horizon;
    params.estimates = 1;
    VaaWork work = {.bench = bench, .network = sequence_new_network(&shape, INPUT, OUTPUT, DTYPE_F64)};
    work.vaa = vaa_create(&params, &shape, INPUT, OUTPUT, TOGETHER);
    work.prefixes = sequence_batch_create(n, PREFIX, INPUT, DTYPE_F64);
    load_prefixes(work.prefixes, n);
    work.u = normals(1, INPUT);
    work.states = normals(n, vaa_state_size(work.network));
    work.x = normals(TOGETHER * n, INPUT);
    work.active = memory_zeroed(TOGETHER, sizeof *work.active);
    for (int t = 0; t < TOGETHER; t++) work.active[t] = n;
    work.tape = tape_create(DTYPE_F64, linalg_portable());
    return work;
}

static void free_work(VaaWork *work) {
    tape_destroy(work->tape);
    free(work->active);
    free(work->x.data);
    free(work->states.data);
    free(work->u.data);
    sequence_batch_destroy(work->prefixes);
    vaa_destroy(work->vaa);
    network_destroy(work->network);
}

static double forward_ms(const VaaWork *work) {
    double start = serve_cpu_ms();
    tape_reset(work->tape, false);
    Node **weights = tape_weights(work->tape, work->network->weights);
    network_outputs(work->network, work->tape, weights, tape_constant(work->tape, work->x), TOGETHER, work->active, 0, NULL);
    return serve_cpu_ms() - start;
}

static double estimator_ms(const VaaWork *work) {
    double start = serve_cpu_ms();
    vaa_final_states(work->vaa, work->network, work->prefixes, work->u, HELD, work->states);
    return serve_cpu_ms() - start;
}

static double estimate_ms(const VaaWork *work, VaaEstimate *estimate) {
    double start = serve_cpu_ms();
    *estimate = vaa_estimate(work->vaa, work->network, &source, 1, 0);
    return serve_cpu_ms() - start;
}

void sequence_vaa(const SequenceBenchParams *bench, int cell, int hidden, SpeedReport *report) {
    int count = bench->repeats;
    double *whole = memory_zeroed(4 * (size_t)count, sizeof *whole), *forward = whole + count, *estimator = forward + count;
    double *product = estimator + count;
    SpeedRow row = {.hidden = hidden, .steps = bench->horizon, .batch = bench->samples, .difference = NAN, .memory = NAN};
    snprintf(row.what, sizeof row.what, "vaa");
    snprintf(row.cell, sizeof row.cell, "%s", cell_names[cell]);
    snprintf(row.path, sizeof row.path, "%s", kernels_for(DTYPE_F64)->path);
    speed_say(report, "%s %d, vaa, M = %d", row.cell, hidden, bench->horizon);
    VaaWork work = make_work(bench, cell, hidden);
    VaaEstimate estimate = {0};
    forward_ms(&work);
    estimator_ms(&work);
    for (int i = 0; i < count; i++) {
        product[i] = speed_product_ms();
        forward[i] = forward_ms(&work);
        estimator[i] = estimator_ms(&work);
        whole[i] = estimate_ms(&work, &estimate);
    }
    row.forward = speed_ratio(forward, estimator, count);
    row.pace = speed_ratio(product, whole, count);
    row.growth[SPEED_OURS] = row.growth[SPEED_PYTORCH] = row.ratio[SPEED_PYTORCH] = NAN;
    row.calibration = speed_summary(product, count).median;
    row.time[SPEED_OURS] = speed_summary(whole, count);
    row.time[SPEED_ONEDNN] = row.time[SPEED_PYTORCH] = speed_not_measured();
    speed_note(report, "vaa %s %d: n = %d, M = %d, VAA %.3f, %s; a step takes %.3f ms", row.cell, hidden, bench->samples,
               bench->horizon, estimate.value, estimate.settled > 0 ? "came to rest early" : "all steps made",
               speed_summary(estimator, count).median / TOGETHER);
    speed_add(report, row, 1);
    free_work(&work);
    free(whole);
}
