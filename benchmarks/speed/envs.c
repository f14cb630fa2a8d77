// engram bench envs: what a step of acting costs, in microseconds - the T-Maze alone under random actions, resets included; one step of
// the network of the belief study (2 x 32 units); the two together, one episode at a time and 64 side by side; and a recorded step of
// histories, belief included, on the T-Maze and on the Mountain Hike with 1000 particles; then POPGym's environments (envs_popgym.h).
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/histories.h"
#include "algorithms/rollout.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/envs_popgym.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "envs/mountain_hike.h"
#include "envs/tmaze.h"

typedef struct EnvsParams {
    int cell, length, hidden, steps, repeats;
    double stochasticity;
} EnvsParams;

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(EnvsParams, cell), "gru", 0, 0, cell_names, "recurrent cell of the policy"},
    {"length", PARAM_INT, offsetof(EnvsParams, length), "50", 1, 10000, NULL, "corridor length L"},
    {"stochasticity", PARAM_REAL, offsetof(EnvsParams, stochasticity), "0.2", 0, 0.9, NULL, "of the T-Maze, lambda"},
    {"hidden", PARAM_INT, offsetof(EnvsParams, hidden), "32", 1, 1024, NULL, "units in each of the two layers"},
    {"steps", PARAM_INT, offsetof(EnvsParams, steps), "1000", 1, 1000000, NULL,
     "of PyTorch's policy in a turn; the rest follows"},
    {"repeats", PARAM_INT, offsetof(EnvsParams, repeats), "9", 1, 1000, NULL, "turns that are timed"},
};

// Histories of an environment under its exploration policy.
typedef struct Sampling {
    Env *env;
    Network *network;
    HistorySampler *sampler;
} Sampling;

typedef struct Work {
    Env *env;
    Network *network;
    NetworkState *state;
    Rollout *player[2];    // one episode at a time, and SIDE_BY_SIDE
    uint64_t played;       // episodes so far
    Sampling pairs[2];     // on the T-Maze, and on the Mountain Hike
} Work;

enum { SIDE_BY_SIDE = 64 };
static const double epsilon = 0.2;

static void free_work(Work *work) {
    for (int i = 0; i < 2; i++) {
        history_sampler_destroy(work->pairs[i].sampler);
        network_destroy(work->pairs[i].network);
        env_destroy(work->pairs[i].env);
    }
    if (!work->env) return;
    for (int i = 0; i < 2; i++) rollout_destroy(work->player[i]);
    network_state_destroy(work->state);
    network_destroy(work->network);
    env_destroy(work->env);
}

// Takes `env` over. Every step of 64 trajectories makes a half of the pairs, so nearly all that is played is kept.
static Sampling make_sampling(Env *env, const NetworkParams *shape, int pairs) {
    HistoryParams params;
    param_defaults(&history_params, &params);
    params.pairs = pairs;
    params.sampling = HISTORY_EVERY;
    Sampling made = {.env = env};
    made.network = network_create(shape, rollout_input_size(&env->spec), env->spec.action_count, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, 0);
    network_initialise(made.network, &rng);
    made.sampler = history_sampler_create(env, made.network, &params, linalg_portable());
    return made;
}

static bool make_samplings(Work *work, const TMazeParams *maze, const NetworkParams *shape, Error *error) {
    MountainHikeParams hike;
    param_defaults(&mountain_hike_type.params, &hike);
    Env *mazes = env_create(&tmaze_type, maze, error), *hikes = env_create(&mountain_hike_type, &hike, error);
    if (mazes) work->pairs[0] = make_sampling(mazes, shape, 10000);
    if (hikes) work->pairs[1] = make_sampling(hikes, shape, 4800);
    return mazes && hikes;
}

static bool make_work(Work *work, const EnvsParams *params, Error *error) {
    *work = (Work){0};
    TMazeParams maze = {.length = params->length, .stochasticity = params->stochasticity};
    work->env = env_create(&tmaze_type, &maze, error);
    if (!work->env) return false;
    NetworkParams network;
    param_defaults(&network_params, &network);
    network.cell = params->cell;
    network.hidden = params->hidden;
    const EnvSpec *spec = &work->env->spec;
    work->network = network_create(&network, rollout_input_size(spec), spec->action_count, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, 0);
    network_initialise(work->network, &rng);
    work->state = network_state_create(work->network, 1, linalg_portable());
    network_state_load(work->state, work->network);
    work->player[0] = rollout_create(work->env, work->network, 1, linalg_portable());
    work->player[1] = rollout_create(work->env, work->network, SIDE_BY_SIDE, linalg_portable());
    return make_samplings(work, &maze, &network, error);
}

// ---- what is timed: about `steps` steps; microseconds per step, and a value where both sides compute one ---------------------------------

static double step_alone(Work *work, int steps, double *value) {
    const Env *env = work->env;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    TMazeState state;
    float observation[TMAZE_OBSERVATIONS];
    double reward = 0, start = serve_cpu_ms();
    int time = 0;
    env->type->reset(env->model, &state, &rng, observation);
    for (int i = 0; i < steps; i++) {
        int action = (int)rng_below(&rng, TMAZE_ACTIONS);
        EnvStep step = env->type->step(env->model, &state, action, &rng, observation);
        reward += step.reward;
        if (!step.done && ++time < env->spec.horizon) continue;
        env->type->reset(env->model, &state, &rng, observation);
        time = 0;
    }
    double ms = serve_cpu_ms() - start;
    *value = isfinite(reward) ? 0 : 1;    // uses what was computed
    return 1e3 * ms / steps;
}

static double step_network(Work *work, int steps, double *value) {
    float input[TMAZE_ACTIONS + TMAZE_OBSERVATIONS] = {0}, output[TMAZE_ACTIONS] = {0};
    input[TMAZE_ACTIONS] = 1;    // the first observation: goal up
    Matrix x = matrix_view(DTYPE_F32, 1, TMAZE_ACTIONS + TMAZE_OBSERVATIONS, input);
    Matrix y = matrix_view(DTYPE_F32, 1, TMAZE_ACTIONS, output);
    network_state_reset(work->state, 0);
    double start = serve_cpu_ms();
    for (int i = 0; i < steps; i++) network_step(work->state, x, y);
    double ms = serve_cpu_ms() - start;
    *value = 0;
    for (int a = 0; a < TMAZE_ACTIONS; a++) *value += (double)output[a];
    return 1e3 * ms / steps;
}

static void count_step(void *context, const RolloutStep *step) {
    (void)step;
    ++*(int *)context;
}

static double play(Work *work, int which, int least_episodes, int steps) {
    int wanted = steps / work->env->spec.horizon, played = 0;
    RolloutPlan plan = {.purpose = ROLLOUT_TRAINING,
                        .epsilon = epsilon,
                        .seed = 1,
                        .first_index = work->played,
                        .episodes = wanted > least_episodes ? wanted : least_episodes};
    work->played += (uint64_t)plan.episodes;
    double start = serve_cpu_ms();
    rollout_play(work->player[which], work->network, &plan, count_step, &played);
    return 1e3 * (serve_cpu_ms() - start) / played;
}

static double play_one(Work *work, int steps, double *value) {
    *value = 0;
    return play(work, 0, 1, steps);
}

static double play_many(Work *work, int steps, double *value) {
    *value = 0;
    return play(work, 1, 2 * SIDE_BY_SIDE, steps);
}

// At least one sample; of its steps those that are kept count.
static double sample_pairs(Sampling *pairs, int steps) {
    int kept = 0;
    double start = serve_cpu_ms();
    while (kept < steps || kept == 0) kept += history_sampler_draw(pairs->sampler, HISTORY_BANK, pairs->network, 0, 0)->count;
    return 1e3 * (serve_cpu_ms() - start) / kept;
}

static double sample_maze(Work *work, int steps, double *value) {
    *value = 0;
    return sample_pairs(&work->pairs[0], steps);
}

static double sample_hike(Work *work, int steps, double *value) {
    *value = 0;
    return sample_pairs(&work->pairs[1], steps);
}

// Steps in a turn, as multiples of the parameter: such that each side is busy for some ten milliseconds.
static const struct {
    const char *what, *request;    // no request: the contender has no such piece
    int batch, ours, theirs;
    double (*step)(Work *work, int steps, double *value);
} pieces[] = {
    {"t-maze alone, random actions", "alone", 1, 2000, 30, step_alone},
    {"network step", "network", 1, 20, 1, step_network},
    {"t-maze with policy", "act", 1, 20, 1, play_one},
    {"t-maze with policy", "act", SIDE_BY_SIDE, 60, 20, play_many},
    {"t-maze pairs", NULL, SIDE_BY_SIDE, 10, 10, sample_maze},
    {"hike pairs, 1000 particles", NULL, SIDE_BY_SIDE, 1, 1, sample_hike},
};
enum { PIECES = sizeof pieces / sizeof *pieces };

// ---- turns -----------------------------------------------------------------------------------------------------------------------------

static bool ask(Contender *contender, int piece, int steps, double *us, double *value, Error *error) {
    char request[64];
    double ms;
    snprintf(request, sizeof request, "%s %d %d", pieces[piece].request, steps, pieces[piece].batch);
    if (!contender_ask(contender, request, &ms, value, error)) return false;
    *us = 1e3 * ms / steps;
    return true;
}

static bool measure(Work *work, Contender *contender, const EnvsParams *params, int piece, SpeedRow *row, Error *error) {
    int repeats = params->repeats, theirs = params->steps * pieces[piece].theirs, ours = params->steps * pieces[piece].ours;
    double *us = memory_zeroed(3 * (size_t)repeats, sizeof *us), value, their_value, once;
    bool there = contender->process != 0 && pieces[piece].request, good = true;
    // The first turn warms up and compares: there both sides do the same number of steps.
    pieces[piece].step(work, theirs, &value);
    if (there) good = ask(contender, piece, theirs, &once, &their_value, error);
    row->difference = there && good ? speed_difference(value, their_value) : NAN;
    for (int i = 0; good && i < repeats; i++) {
        us[i] = pieces[piece].step(work, ours, &value);
        us[2 * repeats + i] = speed_product_ms();
        if (there) good = ask(contender, piece, theirs, &us[repeats + i], &their_value, error);
    }
    row->ratio[SPEED_PYTORCH] = there ? speed_ratio(us + repeats, us, repeats) : NAN;
    row->pace = speed_ratio(us + 2 * repeats, us, repeats);
    row->time[SPEED_OURS] = speed_summary(us, repeats);
    row->time[SPEED_ONEDNN] = speed_not_measured();
    row->time[SPEED_PYTORCH] = there ? speed_summary(us + repeats, repeats) : speed_not_measured();
    row->calibration = speed_summary(us + 2 * repeats, repeats).median;
    free(us);
    return good;
}

static bool write_work(Exchange *exchange, const Work *work, const EnvsParams *params, Error *error) {
    if (!exchange_open(exchange, error)) return false;
    float settings[] = {(float)params->length, (float)params->stochasticity, (float)work->env->spec.horizon,
                        (float)work->network->layers, (float)epsilon};
    exchange_put(exchange, "settings", matrix_view(DTYPE_F32, 1, 5, settings));
    exchange_put_weights(exchange, "", work->network->weights);
    return exchange_finish(exchange, error);
}

static bool run_path(const void *memory, bool first, SpeedReport *report, Error *error) {
    const EnvsParams *params = memory;
    Work work;
    Exchange exchange = {0};
    Contender contender = {0};
    ContenderCommand command = {
        .name = "PyTorch", .script = "envs_torch.py", .words = {exchange.path, cell_names[params->cell]}};
    if (kernels_path() == KERNELS_AVX2) command.environment = contender_held_to_avx2;
    bool good = make_work(&work, params, error) && write_work(&exchange, &work, params, error) &&
                contender_start(&contender, &command, error);
    exchange_remove(&exchange);
    for (int piece = 0; good && piece < PIECES; piece++) {
        SpeedRow row = {
            .batch = pieces[piece].batch, .length = params->length, .bound = NAN, .original = NAN, .original_ratio = NAN};
        snprintf(row.what, sizeof row.what, "%s", pieces[piece].what);
        snprintf(row.path, sizeof row.path, "%s", kernels_for(DTYPE_F32)->path);
        speed_say(report, "%s, batch %d, %s", row.what, row.batch, row.path);
        good = measure(&work, &contender, params, piece, &row, error);
        if (good) speed_add(report, row, 1e-3);
    }
    if (good && first) {
        speed_note(report, "PyTorch: %s", contender.version);
        speed_note(report,
                   "envs: T-Maze, L = %d, stochasticity %g; %s, 2 x %d units, epsilon %g; microseconds of CPU time per step of "
                   "one episode",
                   params->length, params->stochasticity, cell_names[params->cell], params->hidden, epsilon);
    }
    contender_stop(&contender);
    free_work(&work);
    return good;
}

static bool run(const void *params, SpeedReport *report, Error *error) {
    return speed_each_path(run_path, params, report, error) &&
           envs_popgym(((const EnvsParams *)params)->repeats, report, error);
}

static const SpeedColumn columns[] = {
    {"what", SPEED_TEXT, offsetof(SpeedRow, what), NULL, false},
    {"batch", SPEED_COUNT, offsetof(SpeedRow, batch), NULL, false},
    {"engram_us", SPEED_REAL, SPEED_TIMES(SPEED_OURS, median), "%.4f", false},
    {"engram_min", SPEED_REAL, SPEED_TIMES(SPEED_OURS, least), "%.4f", false},
    {"engram_max", SPEED_REAL, SPEED_TIMES(SPEED_OURS, most), "%.4f", false},
    {"pytorch_us", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, median), "%.2f", false},
    {"pytorch_min", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, least), "%.2f", false},
    {"pytorch_max", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, most), "%.2f", false},
    {"calibration_ms", SPEED_REAL, offsetof(SpeedRow, calibration), "%.3f", false},
    {"calibration/engram", SPEED_REAL, offsetof(SpeedRow, pace), "%.3f", true},    // of ms over microseconds
    {"path", SPEED_TEXT, offsetof(SpeedRow, path), NULL, false},
    {"ratio", SPEED_REAL, offsetof(SpeedRow, ratio[SPEED_PYTORCH]), "%.1f", false},
    {"original_us", SPEED_REAL, offsetof(SpeedRow, original), "%.2f", false},
    {"original/engram", SPEED_REAL, offsetof(SpeedRow, original_ratio), "%.0f", false},
};

const SpeedBench speed_envs = {
    .name = "envs",
    .help = "a step of acting: T-Maze, network, both together; POPGym's environments",
    .params = {"bench envs", rows, sizeof rows / sizeof *rows, sizeof(EnvsParams)},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .run = run,
};
