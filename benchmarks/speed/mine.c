// engram bench mine: an epoch of the estimator of mutual information at the belief study's size - hidden state of 2 x 32 units, vector
// belief of a T-Maze or particles of a Mountain Hike, 8000 fitted pairs in batches of 1024 joint and 1024 marginal ones, then the objective on
// 2000 held-out pairs.
// Both sides take the same pairs, weights and permutations. Drawing permutations is left out on both sides.
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/mine.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"

typedef struct MineBenchParams {
    int length, hidden, pairs, repeats, particles, set_repeats;
} MineBenchParams;

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(MineBenchParams, length), "50", 1, 10000, NULL,
     "corridor length L: beliefs have 2 (L + 3) numbers"},
    {"hidden", PARAM_INT, offsetof(MineBenchParams, hidden), "256", 1, 4096, NULL, "units in each of the two hidden layers"},
    {"pairs", PARAM_INT, offsetof(MineBenchParams, pairs), "10000", 10, 1000000, NULL, "pairs; a fifth is held out"},
    {"repeats", PARAM_INT, offsetof(MineBenchParams, repeats), "15", 1, 1000, NULL, "epochs that are timed"},
    {"particles", PARAM_INT, offsetof(MineBenchParams, particles), "1000", 0, 100000, NULL,
     "particles of a set-valued belief; 0 or 1: vectors only"},
    {"set_repeats", PARAM_INT, offsetof(MineBenchParams, set_repeats), "3", 1, 1000, NULL, "epochs that are timed with sets"},
};

enum { STATE = 64, HELD_SHARE = 5, PARTICLE_SIZE = 3 };

typedef struct MineWork {
    InformationPairs pairs;
    int held, fitted;
    int *fitted_order, *held_order;    // three permutations of the fitted pairs, two of the held-out ones
    int asked;                         // permutations handed out so far
    double value;                      // objective of the latest epoch's batches, their mean
} MineWork;

// States uniform on [-1, 1]; a vector is one-hot, as in the deterministic T-Maze, the numbers of particles are uniform as well: what they are
// does not change the time.
static MineWork make_work(const MineBenchParams *params, int particles) {
    Rng rng = rng_stream(1, RNG_TEST, 1);
    bool set = particles > 1;
    int count = params->pairs, held = count / HELD_SHARE, fitted = count - held;
    int belief = set ? particles * PARTICLE_SIZE : 2 * (params->length + 3);
    float *h = memory_zeroed((size_t)count * STATE, sizeof *h), *b = memory_zeroed((size_t)count * (size_t)belief, sizeof *b);
    for (int i = 0; i < count * STATE; i++) h[i] = (float)rng_between(&rng, -1, 1);
    for (int i = 0; i < count && !set; i++) b[(size_t)i * (size_t)belief + rng_below(&rng, (uint32_t)belief)] = 1;
    for (size_t i = 0; set && i < (size_t)count * (size_t)belief; i++) b[i] = (float)rng_between(&rng, -1, 1);
    InformationPart part = {.rows = matrix_view(DTYPE_F32, count, belief, b), .particles = particles};
    MineWork work = {
        .pairs = {.x = matrix_view(DTYPE_F32, count, STATE, h), .parts = 1, .y = {part}}, .held = held, .fitted = fitted};
    work.fitted_order = memory_zeroed(3 * (size_t)fitted, sizeof(int));
    work.held_order = memory_zeroed(2 * (size_t)held, sizeof(int));
    for (int i = 0; i < 3; i++) rng_permutation(&rng, fitted, work.fitted_order + i * fitted);
    for (int i = 0; i < 2; i++) rng_permutation(&rng, held, work.held_order + i * held);
    return work;
}

static void free_work(MineWork *work) {
    free(work->pairs.x.data);
    free(work->pairs.y[0].rows.data);
    free(work->fitted_order);
    free(work->held_order);
}

// In the order in which mine.h says that they are asked for: three of the fitted pairs, two of the held-out ones.
static void hand_out(void *context, int n, int *out) {
    MineWork *work = context;
    int which = work->asked++ % 5;
    const int *order = which < 3 ? work->fitted_order + which * work->fitted : work->held_order + (which - 3) * work->held;
    memcpy(out, order, (size_t)n * sizeof *out);
}

static void keep_training_value(void *context, int epoch, double training, double validation) {
    (void)epoch, (void)validation;
    ((MineWork *)context)->value = training;
}

static bool write_work(Exchange *exchange, const MineWork *work, const MineParams *params, const Weights *weights,
                       Error *error) {
    if (!exchange_open(exchange, error)) return false;
    float settings[] = {(float)params->batch,         (float)work->held,     (float)params->alpha,
                        (float)params->learning_rate, (float)params->layers, (float)work->pairs.y[0].particles};
    exchange_put(exchange, "settings", matrix_view(DTYPE_F32, 1, 6, settings));
    exchange_put(exchange, "hidden", work->pairs.x);
    exchange_put(exchange, "belief", work->pairs.y[0].rows);
    exchange_put(exchange, "fitted", matrix_view(DTYPE_I32, 3, work->fitted, work->fitted_order));
    exchange_put(exchange, "held", matrix_view(DTYPE_I32, 2, work->held, work->held_order));
    exchange_put_weights(exchange, "", weights);
    return exchange_finish(exchange, error);
}

// One epoch of ours: training continues from call to call.
static double our_epoch(Mine *mine, MineWork *work, double *value) {
    MineHooks hooks = {work, hand_out, NULL, keep_training_value};
    double start = serve_cpu_ms();
    mine_train(mine, &work->pairs, &hooks);
    *value = work->value;
    return serve_cpu_ms() - start;
}

static bool take_turns(Mine *mine, MineWork *work, Contender *contender, int repeats, SpeedRow *row, Error *error) {
    double *ours = memory_zeroed(3 * (size_t)repeats, sizeof *ours), *theirs = ours + repeats, *products = theirs + repeats;
    bool good = true;
    row->difference = NAN;
    for (int i = -1; good && i < repeats; i++) {    // the first turn warms up, and compares: later, roundings grow apart
        double value, their_value, ms = our_epoch(mine, work, &value), their_ms = NAN;
        if (contender->process) {
            good = contender_ask(contender, "epoch", &their_ms, &their_value, error);
            if (good && i < 0) row->difference = speed_difference(value, their_value);
        }
        if (i >= 0) ours[i] = ms, theirs[i] = their_ms, products[i] = speed_product_ms();
    }
    row->ratio[SPEED_PYTORCH] = contender->process ? speed_ratio(theirs, ours, repeats) : NAN;
    row->pace = speed_ratio(products, ours, repeats);
    row->calibration = speed_summary(products, repeats).median;
    row->time[SPEED_OURS] = speed_summary(ours, repeats);
    row->time[SPEED_ONEDNN] = speed_not_measured();
    row->time[SPEED_PYTORCH] = contender->process ? speed_summary(theirs, repeats) : speed_not_measured();
    free(ours);
    return good;
}

// One row: beliefs that are vectors (one particle), or sets.
static bool measure(const MineBenchParams *bench, int particles, int repeats, SpeedReport *report, Error *error) {
    MineParams mine_settings;
    param_defaults(&mine_params, &mine_settings);
    mine_settings.hidden = bench->hidden;
    mine_settings.epochs = 1;
    mine_settings.validation = 1.0 / HELD_SHARE;
    mine_settings.average_by_batch = true;    // as the script does it
    MineWork work = make_work(bench, particles);
    MineShape shape = mine_shape(&work.pairs);
    Mine *mine = mine_create(&mine_settings, &shape, DTYPE_F32, linalg_portable());
    Rng rng = rng_stream(1, RNG_ESTIMATOR, 0);
    mine_initialise(mine, &rng);
    Exchange exchange = {0};
    Contender contender = {0};
    SpeedRow row = {.length = bench->length};
    snprintf(row.what, sizeof row.what, "%s", particles > 1 ? "mine epoch, deep set" : "mine epoch");
    snprintf(row.path, sizeof row.path, "%s", kernels_for(DTYPE_F32)->path);
    ContenderCommand command = {.name = "PyTorch", .script = "mine_torch.py", .words = {exchange.path}};
    bool good =
        write_work(&exchange, &work, &mine_settings, mine_weights(mine), error) && contender_start(&contender, &command, error);
    exchange_remove(&exchange);
    good = good && take_turns(mine, &work, &contender, repeats, &row, error);
    if (good) {
        if (particles == 1) speed_note(report, "PyTorch: %s", contender.version);
        speed_note(report, "%s: %d fitted and %d held-out pairs, input %d, hidden 2 x %d, batch %d", row.what, work.fitted,
                   work.held, weights_value(mine_weights(mine), 0).rows, mine_settings.hidden, mine_settings.batch);
        if (particles > 1) speed_note(report, "%s: %d particles of %d numbers", row.what, particles, PARTICLE_SIZE);
        speed_add(report, row, 1e-3);
    }
    contender_stop(&contender);
    mine_destroy(mine);
    free_work(&work);
    return good;
}

static bool run(const void *params, SpeedReport *report, Error *error) {
    const MineBenchParams *bench = params;
    if (!measure(bench, 1, bench->repeats, report, error)) return false;
    return bench->particles <= 1 || measure(bench, bench->particles, bench->set_repeats, report, error);
}

const SpeedBench speed_mine = {
    .name = "mine",
    .help = "an epoch of the estimator of mutual information, with beliefs that are vectors and sets",
    .params = {"bench mine", rows, sizeof rows / sizeof *rows, sizeof(MineBenchParams)},
    .columns = speed_ms_columns,
    .column_count = SPEED_MS_COLUMNS,
    .run = run,
};
