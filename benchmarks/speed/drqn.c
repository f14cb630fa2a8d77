// engram bench drqn: what recurrent Q-learning costs per episode on the T-Maze, at the belief study's size - 2 layers of 32 units, 10
// gradient steps on batches of 32 full histories, then one episode of acting. The replay memory is a committed file (speed/replay): 8192
// transitions at stochasticity 0.2, whose histories have the lengths of training. Both sides start every episode from the same weights and
// take the same batches, so that their losses agree.
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/agents/drqn.h"
#include "algorithms/rollout.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/replay.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "core/optim.h"
#include "envs/tmaze.h"

typedef struct DrqnBenchParams {
    int cell, length, hidden, batch, gradient_steps, transitions, repeats;
} DrqnBenchParams;

static const char *const length_choices[] = {"both", "20", "50", "100", NULL};
static const int lengths[] = {0, 20, 50, 100};
static const double stochasticity = 0.2;

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(DrqnBenchParams, cell), "gru", 0, 0, cell_names, "recurrent cell"},
    {"length", PARAM_CHOICE, offsetof(DrqnBenchParams, length), "both", 0, 0, length_choices,
     "corridor length L; both: first 20, then 50"},
    {"hidden", PARAM_INT, offsetof(DrqnBenchParams, hidden), "32", 1, 1024, NULL, "units per layer"},
    {"batch", PARAM_INT, offsetof(DrqnBenchParams, batch), "32", 1, 4096, NULL, "transitions per gradient step"},
    {"gradient_steps", PARAM_INT, offsetof(DrqnBenchParams, gradient_steps), "10", 1, 1000, NULL, "per episode"},
    {"transitions", PARAM_INT, offsetof(DrqnBenchParams, transitions), "8192", 1, 8192, NULL, "in the replay memory"},
    {"repeats", PARAM_INT, offsetof(DrqnBenchParams, repeats), "9", 1, 1000, NULL, "episodes that are timed"},
};

// Different episodes of work, taken in turn: a bench on one set of batches would measure their lengths.
enum { EPISODES = 4, MODES = 2 };
static const char *const modes[MODES] = {"single", "padded"};    // how the contender evaluates its targets

typedef struct DrqnWork {
    const DrqnBenchParams *params;
    DrqnParams agent;    // the defaults of training: epsilon, learning rate
    Env *env;
    Network *online, *target, *begin;    // every episode starts from `begin`
    ReplayBuffer *replay;
    Transition *batches;    // [EPISODES * gradient_steps * batch]
    int *numbers;           // their places in the replay memory
    DrqnLearner *learner;
    Rollout *player;
} DrqnWork;

// ---- the work ----------------------------------------------------------------------------------------------------------------------

static bool fill_replay(DrqnWork *work, int length, Error *error) {
    if (!speed_replay_read(length, work->params->transitions, work->replay, error)) return false;
    Rng rng = rng_stream(1, RNG_REPLAY, 0);
    int drawn = EPISODES * work->params->gradient_steps * work->params->batch;
    work->batches = memory_zeroed((size_t)drawn, sizeof *work->batches);
    work->numbers = memory_zeroed((size_t)drawn, sizeof *work->numbers);
    for (int i = 0; i < drawn; i++) {
        work->numbers[i] = (int)rng_below(&rng, (uint32_t)work->params->transitions);
        work->batches[i] = buffer_get(work->replay, work->numbers[i]);
    }
    return true;
}

static Network *new_network(const DrqnWork *work, uint32_t index) {
    NetworkParams params;
    param_defaults(&network_params, &params);
    params.cell = work->params->cell;
    params.hidden = work->params->hidden;
    Network *network = network_create(&params, rollout_input_size(&work->env->spec), work->env->spec.action_count, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, index);
    network_initialise(network, &rng);
    return network;
}

static bool make_work(DrqnWork *work, const DrqnBenchParams *params, int length, Error *error) {
    *work = (DrqnWork){.params = params};
    TMazeParams maze = {.length = length, .stochasticity = stochasticity};
    work->env = env_create(&tmaze_type, &maze, error);
    if (!work->env) return false;
    param_defaults(&agent_drqn.params, &work->agent);
    const EnvSpec *spec = &work->env->spec;
    work->begin = new_network(work, 0);
    work->online = new_network(work, 0);
    work->target = new_network(work, 1);
    work->replay = buffer_create(spec, params->transitions);
    work->learner = drqn_learner_create(spec, work->online, work->target, params->batch, linalg_portable());
    work->player = rollout_create(work->env, work->online, 1, linalg_portable());
    return fill_replay(work, length, error);
}

static void free_work(DrqnWork *work) {
    if (!work->env) return;
    rollout_destroy(work->player);
    drqn_learner_destroy(work->learner);
    buffer_destroy(work->replay);
    network_destroy(work->begin);
    network_destroy(work->online);
    network_destroy(work->target);
    env_destroy(work->env);
    free(work->batches);
    free(work->numbers);
}

// ---- what the contender reads --------------------------------------------------------------------------------------------------------

// Transitions as rows (place of the history's first input among those written, time, action, terminal) and their rewards.
static int64_t put_transitions(Exchange *exchange, const DrqnWork *work) {
    int count = work->params->transitions;
    int64_t first = buffer_get(work->replay, 0).first;
    int *number = memory_zeroed(4 * (size_t)count, sizeof *number);
    float *reward = memory_zeroed((size_t)count, sizeof *reward);
    for (int i = 0; i < count; i++) {
        Transition t = buffer_get(work->replay, i);
        int row[] = {(int)(t.first - first), t.time, t.action, t.terminal};
        memcpy(number + 4 * i, row, sizeof row);
        reward[i] = (float)t.reward;
    }
    exchange_put(exchange, "transition", matrix_view(DTYPE_I32, count, 4, number));
    exchange_put(exchange, "reward", matrix_view(DTYPE_F32, count, 1, reward));
    free(number);
    free(reward);
    return first;
}

// The network's inputs from the oldest history to the newest one.
static void put_inputs(Exchange *exchange, const DrqnWork *work, int64_t first) {
    Transition newest = buffer_get(work->replay, work->params->transitions - 1);
    int count = (int)(newest.first + newest.time + 2 - first), size = work->online->input;
    Matrix input = matrix_view(DTYPE_F32, count, size, memory_zeroed((size_t)count * (size_t)size, sizeof(float)));
    for (int i = 0; i < count; i++) {
        int previous_action;
        const float *observation = buffer_input(work->replay, first + i, &previous_action);
        rollout_input(&work->env->spec, previous_action, observation, input, i);
    }
    exchange_put(exchange, "input", input);
    free(input.data);
}

static bool write_work(Exchange *exchange, const DrqnWork *work, int length, Error *error) {
    if (!exchange_open(exchange, error)) return false;
    const DrqnBenchParams *params = work->params;
    float settings[] = {
        (float)work->env->spec.discount,
        (float)work->agent.learning_rate,
        (float)work->agent.epsilon,
        (float)stochasticity,
        (float)params->gradient_steps,
        (float)work->online->layers,
        (float)length,
        (float)work->env->spec.horizon,
    };
    exchange_put(exchange, "settings", matrix_view(DTYPE_F32, 1, 8, settings));
    put_inputs(exchange, work, put_transitions(exchange, work));
    exchange_put(exchange, "batch", matrix_view(DTYPE_I32, EPISODES * params->gradient_steps, params->batch, work->numbers));
    exchange_put_weights(exchange, "online/", work->begin->weights);
    exchange_put_weights(exchange, "target/", work->target->weights);
    return exchange_finish(exchange, error);
}

// ---- one episode ---------------------------------------------------------------------------------------------------------------------

static void count_step(void *context, const RolloutStep *step) {
    (void)step;
    ++*(int *)context;
}

// Learning and acting as the agent does it. `steps`: how long the acted episode was; the contender acts as long.
static double our_episode(DrqnWork *work, int number, double *loss, int *steps) {
    const DrqnBenchParams *params = work->params;
    OptimParams settings = optim_default_params();
    settings.learning_rate = work->agent.learning_rate;
    double start = serve_cpu_ms(), sum = 0;
    weights_copy(work->begin->weights, work->online->weights);
    Optim *optim = optim_create(settings, work->online->weights);
    for (int k = 0; k < params->gradient_steps; k++) {
        const Transition *batch = work->batches + (number * params->gradient_steps + k) * params->batch;
        sum += drqn_learner_gradient(work->learner, work->replay, batch, NULL, NULL);
        optim_step(optim, work->online->weights);
    }
    RolloutPlan plan = {
        .epsilon = work->agent.epsilon, .seed = 2, .purpose = ROLLOUT_TRAINING, .episodes = 1, .first_index = (uint32_t)number};
    *steps = 0;
    rollout_play(work->player, work->online, &plan, count_step, steps);
    optim_destroy(optim);
    *loss = sum / params->gradient_steps;
    return serve_cpu_ms() - start;
}

// Ours, theirs with single targets, theirs with padded ones, ours, ... The first turn warms up and is not counted.
static bool take_turns(DrqnWork *work, Contender *contender, SpeedRow row[MODES], Error *error) {
    int repeats = work->params->repeats;
    double *ms = memory_zeroed((2 + MODES) * (size_t)repeats, sizeof *ms), *products = ms + repeats, *theirs = ms + 2 * repeats;
    bool good = true;
    for (int m = 0; m < MODES; m++) row[m].difference = contender->process ? 0 : NAN;
    for (int i = -1; good && i < repeats; i++) {
        int number = (i + EPISODES) % EPISODES, steps;
        double loss, our_ms = our_episode(work, number, &loss, &steps);
        if (i >= 0) ms[i] = our_ms, products[i] = speed_product_ms();
        for (int m = 0; m < MODES && good && contender->process; m++) {
            char request[64];
            double their_ms, their_loss;
            snprintf(request, sizeof request, "%s %d %d", modes[m], number, steps);
            good = contender_ask(contender, request, &their_ms, &their_loss, error);
            if (!good) break;
            row[m].difference = fmax(row[m].difference, speed_difference(loss, their_loss));
            if (i >= 0) theirs[m * repeats + i] = their_ms;
        }
    }
    for (int m = 0; m < MODES; m++) {
        row[m].ratio[SPEED_PYTORCH] = contender->process ? speed_ratio(theirs + m * repeats, ms, repeats) : NAN;
        row[m].pace = speed_ratio(products, ms, repeats);
    }
    SpeedTime ours = speed_summary(ms, repeats), product = speed_summary(products, repeats);
    for (int m = 0; m < MODES; m++) {
        row[m].calibration = product.median;
        row[m].time[SPEED_OURS] = ours;
        row[m].time[SPEED_ONEDNN] = speed_not_measured();
        row[m].time[SPEED_PYTORCH] = contender->process ? speed_summary(theirs + m * repeats, repeats) : speed_not_measured();
    }
    free(ms);
    return good;
}

// ---- the bench -----------------------------------------------------------------------------------------------------------------------

static void describe(const DrqnWork *work, int length, SpeedReport *report) {
    int drawn = EPISODES * work->params->gradient_steps * work->params->batch, longest = 0;
    double sum = 0;
    for (int i = 0; i < drawn; i++) sum += work->batches[i].time + 1;
    for (int i = 0; i < work->params->transitions; i++) {
        int inputs = buffer_get(work->replay, i).time + 2;    // with the next observation
        longest = inputs > longest ? inputs : longest;
    }
    speed_note(report, "drqn, L = %d: %d transitions, histories of %.0f inputs on average, up to %d", length,
               work->params->transitions, sum / drawn, longest);
}

static bool run_length(const DrqnBenchParams *params, int length, bool first, SpeedReport *report, Error *error) {
    const char *cell = cell_names[params->cell];
    SpeedRow row[MODES] = {0};
    for (int m = 0; m < MODES; m++) {
        snprintf(row[m].what, sizeof row[m].what, "drqn episode, %s targets", modes[m]);
        snprintf(row[m].cell, sizeof row[m].cell, "%s", cell);
        snprintf(row[m].path, sizeof row[m].path, "%s", kernels_for(DTYPE_F32)->path);
        row[m].length = length;
    }
    DrqnWork work;
    Exchange exchange = {0};
    Contender contender = {0};
    ContenderCommand command = {.name = "PyTorch", .script = "drqn_torch.py", .words = {exchange.path, cell}};
    if (kernels_path() == KERNELS_AVX2) command.environment = contender_held_to_avx2;
    speed_say(report, "%s, L = %d, %s", cell, length, row[0].path);
    bool good = make_work(&work, params, length, error) && write_work(&exchange, &work, length, error) &&
                contender_start(&contender, &command, error);
    exchange_remove(&exchange);
    good = good && take_turns(&work, &contender, row, error);
    if (good) {
        if (report->row_count == 0) speed_note(report, "PyTorch: %s", contender.version);
        if (first) describe(&work, length, report);
        // Without a contender the two modes are one.
        for (int m = 0; m < (contender.process ? MODES : 1); m++) speed_add(report, row[m], 1e-3);
    }
    contender_stop(&contender);
    free_work(&work);
    return good;
}

static bool run_lengths(const void *params, bool first, SpeedReport *report, Error *error) {
    const DrqnBenchParams *bench = params;
    int length = lengths[bench->length];
    if (length) return run_length(bench, length, first, report, error);
    return run_length(bench, 20, first, report, error) && run_length(bench, 50, first, report, error);
}

static bool run(const void *params, SpeedReport *report, Error *error) {
    return speed_each_path(run_lengths, params, report, error);
}

const SpeedBench speed_drqn = {
    .name = "drqn",
    .help = "an episode of recurrent Q-learning on the T-Maze, from a fixed replay memory",
    .params = {"bench drqn", rows, sizeof rows / sizeof *rows, sizeof(DrqnBenchParams)},
    .columns = speed_ms_columns,
    .column_count = SPEED_MS_COLUMNS,
    .run = run,
};
