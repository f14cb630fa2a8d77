#include "algorithms/rollout.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

static const struct {
    RngRole environment, exploration;
} streams[] = {
    [ROLLOUT_TRAINING] = {RNG_TRAINING_ENVIRONMENT, RNG_TRAINING_EXPLORATION},
    [ROLLOUT_EVALUATION] = {RNG_EVALUATION_ENVIRONMENT, RNG_EVALUATION_EXPLORATION},
    [ROLLOUT_HISTORIES] = {RNG_HISTORIES_ENVIRONMENT, RNG_HISTORIES_EXPLORATION},
    [ROLLOUT_EXPLORING] = {RNG_EXPLORING_ENVIRONMENT, RNG_EXPLORING_EXPLORATION},
    [ROLLOUT_BANK] = {RNG_BANK_ENVIRONMENT, RNG_BANK_EXPLORATION},
    [ROLLOUT_PREFILL] = {RNG_PREFILL_ENVIRONMENT, RNG_PREFILL_EXPLORATION},
};

// A place in which one episode plays.
typedef struct Slot {
    int episode, time, previous_action;
    Rng environment, exploration;
    void *state;
    float *observation, *next_observation;
} Slot;

struct Rollout {
    const Env *env;
    int width;
    Slot *slots;
    int *slot_of_row;    // rows of the network state are kept dense: row -> slot
    NetworkState *memory;
    Matrix input, output;
    double *power;                   // of returns: discount^t of the episode in each slot
    double *sum, *discounted_sum;    // by episode, so that the mean is taken in their order
    int sums;                        // episodes that the two have room for
};

int rollout_input_size(const EnvSpec *spec) {
    return spec->action_count + spec->observation_size;
}

void rollout_input(const EnvSpec *spec, int previous_action, const float *observation, Matrix input, int row) {
    matrix_zero(matrix_rows(input, row, 1));
    if (previous_action >= 0) matrix_set(input, row, previous_action, 1);
    for (int j = 0; j < spec->observation_size; j++) matrix_set(input, row, spec->action_count + j, (double)observation[j]);
}

Rollout *rollout_create(const Env *env, const Network *network, int width, const Linalg *linalg) {
    assert(width > 0 && network->input == rollout_input_size(&env->spec) && network->output == env->spec.action_count);
    Rollout *rollout = memory_alloc(sizeof *rollout);
    *rollout = (Rollout){.env = env, .width = width};
    rollout->slots = memory_zeroed((size_t)width, sizeof(Slot));
    rollout->slot_of_row = memory_zeroed((size_t)width, sizeof(int));
    rollout->power = memory_zeroed((size_t)width, sizeof(double));
    for (int i = 0; i < width; i++) {
        rollout->slots[i].state = memory_zeroed(1, env->spec.state_bytes);
        rollout->slots[i].observation = memory_zeroed((size_t)env->spec.observation_size, sizeof(float));
        rollout->slots[i].next_observation = memory_zeroed((size_t)env->spec.observation_size, sizeof(float));
    }
    DType type = weights_type(network->weights);
    rollout->memory = network_state_create(network, width, linalg);
    rollout->input =
        matrix_view(type, width, network->input, memory_zeroed((size_t)width * (size_t)network->input, dtype_size(type)));
    rollout->output =
        matrix_view(type, width, network->output, memory_zeroed((size_t)width * (size_t)network->output, dtype_size(type)));
    return rollout;
}

void rollout_destroy(Rollout *rollout) {
    if (!rollout) return;
    for (int i = 0; i < rollout->width; i++) {
        free(rollout->slots[i].state);
        free(rollout->slots[i].observation);
        free(rollout->slots[i].next_observation);
    }
    network_state_destroy(rollout->memory);
    free(rollout->slots);
    free(rollout->slot_of_row);
    free(rollout->input.data);
    free(rollout->output.data);
    free(rollout->power);
    free(rollout->sum);
    free(rollout->discounted_sum);
    free(rollout);
}

static void begin_episode(Rollout *rollout, const RolloutPlan *plan, int episode, int row) {
    Slot *slot = &rollout->slots[rollout->slot_of_row[row]];
    slot->episode = episode;
    slot->time = 0;
    slot->previous_action = -1;
    uint64_t index = plan->first_index + (uint64_t)episode;
    slot->environment = rng_stream(plan->seed, streams[plan->purpose].environment, index);
    slot->exploration = rng_stream(plan->seed, streams[plan->purpose].exploration, index);
    rollout->env->type->reset(rollout->env->model, slot->state, &slot->environment, slot->observation);
    network_state_reset(rollout->memory, row);
}

static int greedy_action(Matrix values, int row) {
    int best = 0;
    for (int a = 1; a < values.cols; a++) {
        if (matrix_get(values, row, a) > matrix_get(values, row, best)) best = a;
    }
    return best;
}

// Acts once in the row's episode; false when the episode has ended.
static bool act(Rollout *rollout, const RolloutPlan *plan, int row, RolloutVisitor visitor, void *context) {
    const Env *env = rollout->env;
    int index = rollout->slot_of_row[row];
    Slot *slot = &rollout->slots[index];
    bool explore = plan->epsilon > 0 && rng_uniform(&slot->exploration) < plan->epsilon;
    int action = explore ? env->type->explore(env->model, &slot->exploration) : greedy_action(rollout->output, row);
    EnvStep result = env->type->step(env->model, slot->state, action, &slot->environment, slot->next_observation);
    bool truncated = !result.done && slot->time + 1 >= env->spec.horizon;
    RolloutStep step = {
        .episode = slot->episode,
        .time = slot->time,
        .slot = index,
        .observation = slot->observation,
        .previous_action = slot->previous_action,
        .action = action,
        .reward = result.reward,
        .next_observation = slot->next_observation,
        .terminal = result.done,
        .truncated = truncated,
        .state = rollout->memory,
        .row = row,
    };
    visitor(context, &step);
    float *swap = slot->observation;
    slot->observation = slot->next_observation;
    slot->next_observation = swap;
    slot->previous_action = action;
    slot->time++;
    return !result.done && !truncated;
}

// The last row takes the place of one that is done with.
static void drop_row(Rollout *rollout, int row, int last) {
    int slot = rollout->slot_of_row[row];
    network_state_move(rollout->memory, last, row);
    rollout->slot_of_row[row] = rollout->slot_of_row[last];
    rollout->slot_of_row[last] = slot;
}

void rollout_play(Rollout *rollout, const Network *network, const RolloutPlan *plan, RolloutVisitor visitor, void *context) {
    int rows = plan->episodes < rollout->width ? plan->episodes : rollout->width;
    int begun = rows;
    network_state_load(rollout->memory, network);
    for (int row = 0; row < rows; row++) {
        rollout->slot_of_row[row] = row;
        begin_episode(rollout, plan, row, row);
    }
    while (rows > 0) {
        for (int row = 0; row < rows; row++) {
            const Slot *slot = &rollout->slots[rollout->slot_of_row[row]];
            rollout_input(&rollout->env->spec, slot->previous_action, slot->observation, rollout->input, row);
        }
        network_step(rollout->memory, matrix_rows(rollout->input, 0, rows), matrix_rows(rollout->output, 0, rows));
        for (int row = rows - 1; row >= 0; row--) {    // downwards: a dropped row is replaced by one that has acted already
            if (act(rollout, plan, row, visitor, context)) continue;
            if (begun < plan->episodes) begin_episode(rollout, plan, begun++, row);
            else drop_row(rollout, row, --rows);
        }
    }
}

// ---- returns -----------------------------------------------------------------------------------------------------------------

static void add_reward(void *context, const RolloutStep *step) {
    Rollout *rollout = context;
    if (step->time == 0) rollout->power[step->slot] = 1;
    rollout->sum[step->episode] += step->reward;
    rollout->discounted_sum[step->episode] += rollout->power[step->slot] * step->reward;
    rollout->power[step->slot] *= rollout->env->spec.discount;
}

static void clear_sums(Rollout *rollout, int episodes) {
    if (episodes > rollout->sums) {
        free(rollout->sum);
        free(rollout->discounted_sum);
        rollout->sum = memory_alloc((size_t)episodes * sizeof(double));
        rollout->discounted_sum = memory_alloc((size_t)episodes * sizeof(double));
        rollout->sums = episodes;
    }
    for (int k = 0; k < episodes; k++) rollout->sum[k] = rollout->discounted_sum[k] = 0;
}

RolloutReturns rollout_returns(Rollout *rollout, const Network *network, const RolloutPlan *plan) {
    clear_sums(rollout, plan->episodes);
    rollout_play(rollout, network, plan, add_reward, rollout);
    RolloutReturns returns = {0, 0};
    for (int k = 0; k < plan->episodes; k++) {
        returns.mean += rollout->sum[k] / plan->episodes;
        returns.mean_discounted += rollout->discounted_sum[k] / plan->episodes;
    }
    return returns;
}
