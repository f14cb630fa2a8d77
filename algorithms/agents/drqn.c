// The loop, per episode e = 0..E-1 (Hausknecht and Stone 2015; Lambrechts, Bolland, Ernst 2022 and their released program):
//
//     every `evaluation_period`: mean returns of greedy episodes      every `target_period`: target <- online
//     play one epsilon-greedy episode into the replay memory          `gradient_steps` times: sample a batch, one Adam step
//
// and one more evaluation after the last episode. No double Q-learning: the target network selects and evaluates. Before the first
// episode the replay memory may be filled by the exploration policy (`prefill`), and the network be warmed up on its histories (Lambrechts et
// al., Neural Networks 166, 2023), each used whole.
//
// What bounds the memory: the replay memory (algorithms/agents/replay_buffer.h); the tape of one gradient step, proportional to
// batch * (horizon + 1) * layers * hidden at most, and in fact to the longest batch that has been drawn; the states of at
// most 64 episodes side by side. Once those are reached, neither an episode nor an evaluation allocates.
#include "algorithms/agents/drqn.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/rollout.h"
#include "core/arena.h"
#include "core/optim.h"

static const ParamSpec rows[] = {
    {"episodes", PARAM_INT, offsetof(DrqnParams, episodes), "1000", 1, 1e8, NULL, "training episodes, E"},
    {"gradient_steps", PARAM_INT, offsetof(DrqnParams, gradient_steps), "10", 0, 1e6, NULL, "gradient steps per episode"},
    {"batch", PARAM_INT, offsetof(DrqnParams, batch), "32", 1, 65536, NULL, "transitions per gradient step, with replacement"},
    {"capacity", PARAM_INT, offsetof(DrqnParams, capacity), "8192", 1, 1e8, NULL, "transitions in the replay memory"},
    {"target_period", PARAM_INT, offsetof(DrqnParams, target_period), "10", 1, 1e8, NULL,
     "episodes between two copies to the target"},
    {"epsilon", PARAM_REAL, offsetof(DrqnParams, epsilon), "0.2", 0, 1, NULL, "share of actions from the exploration policy"},
    {"learning_rate", PARAM_REAL, offsetof(DrqnParams, learning_rate), "0.001", 1e-12, 1e30, NULL, "of Adam"},
    {"clip_norm", PARAM_REAL, offsetof(DrqnParams, clip_norm), "0", 0, 1e12, NULL,
     "largest norm of the gradient; 0: no clipping"},
    {"evaluation_period", PARAM_INT, offsetof(DrqnParams, evaluation_period), "10", 1, 1e8, NULL,
     "episodes between two evaluations"},
    {"evaluation_episodes", PARAM_INT, offsetof(DrqnParams, evaluation_episodes), "50", 1, 1e6, NULL,
     "greedy episodes per evaluation"},
    {"prefill", PARAM_BOOL, offsetof(DrqnParams, prefill), "false", 0, 0, NULL,
     "fill the replay memory by the exploration policy before the first episode"},
};

// ---- learning from a batch -------------------------------------------------------------------------------------------------------

// Batches are sorted by length and shrink as their histories end. `order[i]` is the batch position of sorted row i.
struct DrqnLearner {
    EnvSpec spec;
    const Network *online, *target;
    int batch;
    Tape *tape;
    int *order, *active, *actions;
    Matrix input;      // [batch * (horizon + 1), input]: packed rows of one pass
    Matrix targets;    // [batch, 1], in sorted order
};

DrqnLearner *drqn_learner_create(const EnvSpec *spec, const Network *online, const Network *target, int batch,
                                 const Linalg *linalg) {
    DrqnLearner *learner = memory_zeroed(1, sizeof *learner);
    DType type = weights_type(online->weights);
    size_t most_rows = (size_t)batch * ((size_t)spec->horizon + 1), size = dtype_size(type);
    *learner =
        (DrqnLearner){.spec = *spec, .online = online, .target = target, .batch = batch, .tape = tape_create(type, linalg)};
    learner->order = memory_zeroed((size_t)batch, sizeof(int));
    learner->actions = memory_zeroed((size_t)batch, sizeof(int));
    learner->active = memory_zeroed((size_t)spec->horizon + 1, sizeof(int));
    learner->input = matrix_view(type, (int)most_rows, online->input, memory_zeroed(most_rows * (size_t)online->input, size));
    learner->targets = matrix_view(type, batch, 1, memory_zeroed((size_t)batch, size));
    return learner;
}

void drqn_learner_destroy(DrqnLearner *learner) {
    if (!learner) return;
    tape_destroy(learner->tape);
    free(learner->order);
    free(learner->actions);
    free(learner->active);
    free(learner->input.data);
    free(learner->targets.data);
    free(learner);
}

size_t drqn_learner_memory(const DrqnLearner *learner) {
    return tape_memory(learner->tape);
}

// Longest first; equal lengths keep their order (insertion sort: batches are small).
static void sort_by_length(DrqnLearner *learner, const Transition *batch) {
    for (int i = 0; i < learner->batch; i++) {
        int j = i;
        for (; j > 0 && batch[learner->order[j - 1]].time < batch[i].time; j--) learner->order[j] = learner->order[j - 1];
        learner->order[j] = i;
    }
}

// Packs the first time + `extra` inputs of every history, step after step; returns the number of steps and counts the rows.
static int pack_inputs(DrqnLearner *learner, const ReplayBuffer *replay, const Transition *batch, int extra, int *row_count) {
    int steps = batch[learner->order[0]].time + extra, row = 0;
    for (int t = 0; t < steps; t++) {
        int i = 0;
        for (; i < learner->batch && batch[learner->order[i]].time + extra > t; i++) {
            int previous_action;
            const float *observation = buffer_input(replay, batch[learner->order[i]].first + t, &previous_action);
            rollout_input(&learner->spec, previous_action, observation, learner->input, row++);
        }
        learner->active[t] = i;
    }
    *row_count = row;
    return steps;
}

static double largest(Matrix values, int row) {
    double best = matrix_get(values, row, 0);
    for (int a = 1; a < values.cols; a++) best = matrix_get(values, row, a) > best ? matrix_get(values, row, a) : best;
    return best;
}

static Node *last_values(DrqnLearner *learner, const Network *network, const ReplayBuffer *replay, const Transition *batch,
                         int extra) {
    int row_count;
    int steps = pack_inputs(learner, replay, batch, extra, &row_count);
    Node *x = tape_constant(learner->tape, matrix_rows(learner->input, 0, row_count));
    Node **weights = tape_weights(learner->tape, network->weights);
    return network_last_outputs(network, learner->tape, weights, x, steps, learner->active);
}

static void compute_targets(DrqnLearner *learner, const ReplayBuffer *replay, const Transition *batch) {
    tape_reset(learner->tape, false);
    Node *next_values = last_values(learner, learner->target, replay, batch, 2);
    for (int i = 0; i < learner->batch; i++) {
        const Transition *transition = &batch[learner->order[i]];
        double future = transition->terminal ? 0 : learner->spec.discount * largest(next_values->value, i);
        matrix_set(learner->targets, i, 0, transition->reward + future);
    }
}

double drqn_learner_gradient(DrqnLearner *learner, const ReplayBuffer *replay, const Transition *batch, double *targets,
                             double *predictions) {
    sort_by_length(learner, batch);
    compute_targets(learner, replay, batch);
    matrix_zero(weights_gradients(learner->online->weights));
    tape_reset(learner->tape, true);
    Node *values = last_values(learner, learner->online, replay, batch, 1);
    for (int i = 0; i < learner->batch; i++) learner->actions[i] = batch[learner->order[i]].action;
    Node *chosen = tape_pick(learner->tape, values, learner->actions);
    Node *loss = tape_mean_squared_error(learner->tape, chosen, tape_constant(learner->tape, learner->targets));
    tape_backward(learner->tape, loss);
    for (int i = 0; i < learner->batch; i++) {
        if (targets) targets[learner->order[i]] = matrix_get(learner->targets, i, 0);
        if (predictions) predictions[learner->order[i]] = matrix_get(chosen->value, i, 0);
    }
    return matrix_get(loss->value, 0, 0);
}

// ---- the agent -------------------------------------------------------------------------------------------------------------------

enum { EVALUATION_WIDTH = 64 };    // episodes of an evaluation that play side by side, at most

typedef struct Drqn {
    DrqnParams params;
    const Env *env;
    uint64_t seed;
    int64_t episode;     // episodes done: every stream of random numbers is named by it, so no generator has to be saved
    int64_t finished;    // whether the final evaluation was made
    Network *online, *target;
    Optim *optim;
    ReplayBuffer *replay;
    DrqnLearner *learner;
    Transition *batch;
    Rollout *player, *evaluator;
    Warmup *warmup;    // NULL: none
} Drqn;

// The rows of a batch of the longest histories are counted in an int.
static bool fits(const char *name, int batch, const EnvSpec *spec, Error *error) {
    long long inputs = (long long)spec->horizon + 1, rows_at_most = batch * inputs;
    if (rows_at_most <= INT_MAX) return true;
    return error_set(error, "%s %d of histories of up to %lld inputs makes %lld rows; at most %d are accepted", name, batch,
                     inputs, rows_at_most, INT_MAX);
}

static bool check(const DrqnParams *params, const AgentContext *context, Error *error) {
    const EnvSpec *spec = &context->env->spec;
    if (context->warmup->steps > 0 && !params->prefill) {
        return error_set(
            error,
            "warmup.steps: found %d, but there are no histories to warm up on before the first episode, accepted: 0, or "
            "agent.prefill true",
            context->warmup->steps);
    }
    return fits("batch", params->batch, spec, error) &&
           (context->warmup->steps == 0 || fits("warmup.batch", context->warmup->batch, spec, error)) &&
           network_check(context->network, rollout_input_size(spec), spec->action_count, error) &&
           warmup_check(context->warmup, context->network, error);
}

static Agent *create(const void *params, const AgentContext *context, Error *error) {
    if (!check(params, context, error)) return NULL;
    Drqn *agent = memory_zeroed(1, sizeof *agent);
    agent->params = *(const DrqnParams *)params;
    agent->env = context->env;
    agent->seed = context->seed;
    const EnvSpec *spec = &context->env->spec;
    int input = rollout_input_size(spec);
    agent->online = network_create(context->network, input, spec->action_count, context->precision);
    agent->target = network_create(context->network, input, spec->action_count, context->precision);
    Rng rng = rng_stream(agent->seed, RNG_INITIALISATION, 0);
    network_initialise(agent->online, &rng);
    weights_copy(agent->online->weights, agent->target->weights);
    OptimParams optim = optim_default_params();
    optim.learning_rate = agent->params.learning_rate;
    optim.clip_norm = agent->params.clip_norm;
    agent->optim = optim_create(optim, agent->online->weights);
    agent->replay = buffer_create(spec, agent->params.capacity);
    agent->learner = drqn_learner_create(spec, agent->online, agent->target, agent->params.batch, context->linalg);
    agent->batch = memory_zeroed((size_t)agent->params.batch, sizeof(Transition));
    agent->player = rollout_create(context->env, agent->online, 1, context->linalg);
    int width = agent->params.evaluation_episodes < EVALUATION_WIDTH ? agent->params.evaluation_episodes : EVALUATION_WIDTH;
    agent->evaluator = rollout_create(context->env, agent->online, width, context->linalg);
    if (context->warmup->steps > 0)
        agent->warmup = warmup_create(context->warmup, agent->online, spec->horizon + 1, agent->seed, context->linalg);
    return (Agent *)agent;
}

static void destroy(Agent *opaque) {
    Drqn *agent = (Drqn *)opaque;
    if (!agent) return;
    warmup_destroy(agent->warmup);
    optim_destroy(agent->optim);
    buffer_destroy(agent->replay);
    drqn_learner_destroy(agent->learner);
    rollout_destroy(agent->player);
    rollout_destroy(agent->evaluator);
    network_destroy(agent->online);    // after the rollouts, which look at it
    network_destroy(agent->target);
    free(agent->batch);
    free(agent);
}

static void evaluate(Drqn *agent, const Recorder *recorder) {
    RolloutPlan plan = {.seed = agent->seed, .purpose = ROLLOUT_EVALUATION, .episodes = agent->params.evaluation_episodes};
    plan.first_index = (uint64_t)agent->episode * (uint64_t)agent->params.evaluation_episodes;
    RolloutReturns returns = rollout_returns(agent->evaluator, agent->online, &plan);
    record_scalar(recorder, "evaluation/return", agent->episode, returns.mean);
    record_scalar(recorder, "evaluation/discounted_return", agent->episode, returns.mean_discounted);
}

typedef struct PlayedEpisode {
    ReplayBuffer *replay;
    double discount, power, sum, discounted_sum;
    int length;
} PlayedEpisode;

static void remember(void *context, const RolloutStep *step) {
    PlayedEpisode *played = context;
    if (step->time == 0) buffer_begin(played->replay, step->observation);
    buffer_step(played->replay, step->action, step->reward, step->terminal, step->next_observation);
    played->sum += step->reward;
    played->discounted_sum += played->power * step->reward;
    played->power *= played->discount;
    played->length++;
}

static void play(Drqn *agent, const Recorder *recorder) {
    PlayedEpisode played = {.replay = agent->replay, .discount = agent->env->spec.discount, .power = 1};
    RolloutPlan plan = {.epsilon = agent->params.epsilon, .seed = agent->seed, .purpose = ROLLOUT_TRAINING, .episodes = 1};
    plan.first_index = (uint64_t)agent->episode;
    rollout_play(agent->player, agent->online, &plan, remember, &played);
    record_scalar(recorder, "training/return", agent->episode, played.sum);
    record_scalar(recorder, "training/discounted_return", agent->episode, played.discounted_sum);
    record_scalar(recorder, "training/length", agent->episode, played.length);
}

// `gradient_steps` Adam steps; returns the mean loss.
static double learn(Drqn *agent) {
    Rng rng = rng_stream(agent->seed, RNG_REPLAY, (uint64_t)agent->episode);
    uint32_t count = (uint32_t)buffer_count(agent->replay);
    double sum = 0;
    for (int k = 0; k < agent->params.gradient_steps; k++) {
        for (int i = 0; i < agent->params.batch; i++) agent->batch[i] = buffer_get(agent->replay, (int)rng_below(&rng, count));
        sum += drqn_learner_gradient(agent->learner, agent->replay, agent->batch, NULL, NULL);
        optim_step(agent->optim, agent->online->weights);
    }
    return agent->params.gradient_steps ? sum / agent->params.gradient_steps : 0;
}

// ---- before the first episode ------------------------------------------------------------------------------------------------------

static void prefill(Drqn *agent) {
    PlayedEpisode played = {.replay = agent->replay, .discount = agent->env->spec.discount, .power = 1};
    RolloutPlan plan = {.epsilon = 1, .seed = agent->seed, .purpose = ROLLOUT_PREFILL, .episodes = 1};
    for (; buffer_count(agent->replay) < agent->params.capacity; plan.first_index++)
        rollout_play(agent->player, agent->online, &plan, remember, &played);
}

static int history_steps(void *context, int64_t index) {
    return buffer_get(((Drqn *)context)->replay, (int)index).time + 1;
}

static void history_read(void *context, int64_t index, int steps, Matrix out) {
    const Drqn *agent = context;
    Transition transition = buffer_get(agent->replay, (int)index);
    for (int t = 0; t < steps; t++) {
        int previous_action;
        const float *observation = buffer_input(agent->replay, transition.first + t, &previous_action);
        rollout_input(&agent->env->spec, previous_action, observation, out, t);
    }
}

static SequenceSource sequences(Agent *opaque) {
    Drqn *agent = (Drqn *)opaque;
    return (SequenceSource){.context = agent,
                            .longest = agent->env->spec.horizon + 1,
                            .whole = true,
                            .count = buffer_count(agent->replay),
                            .steps = history_steps,
                            .read = history_read};
}

static bool warm_up(Drqn *agent, const Recorder *recorder, Error *error) {
    SequenceSource source = sequences((Agent *)agent);
    for (int64_t k = 0; agent->warmup && !warmup_over(agent->warmup); k++) {
        WarmupStep step;
        if (!warmup_step(agent->warmup, &source, &step, error)) return false;
        warmup_record(recorder, k, step);
    }
    return true;
}

static bool prepare(Agent *opaque, const Recorder *recorder, Error *error) {
    Drqn *agent = (Drqn *)opaque;
    if (agent->params.prefill) prefill(agent);
    return warm_up(agent, recorder, error);
}

// ---- one episode ----------------------------------------------------------------------------------------------------------------

static bool advance(Agent *opaque, const Recorder *recorder, Error *error) {
    Drqn *agent = (Drqn *)opaque;
    assert(agent->episode < agent->params.episodes);
    if (agent->episode % agent->params.evaluation_period == 0) evaluate(agent, recorder);
    if (agent->episode % agent->params.target_period == 0) weights_copy(agent->online->weights, agent->target->weights);
    play(agent, recorder);
    double loss = learn(agent);
    if (!isfinite(loss)) {
        const char *what = isnan(loss) ? "not a number" : "infinite";
        return error_set(error, "loss is %s at episode %lld", what, (long long)agent->episode);
    }
    record_scalar(recorder, "training/loss", agent->episode, loss);
    agent->episode++;
    return true;
}

static bool finish(Agent *opaque, const Recorder *recorder, Error *error) {
    Drqn *agent = (Drqn *)opaque;
    // No loss has seen the weights of the last step.
    if (!matrix_finite(weights_values(agent->online->weights)))
        return error_set(error, "weights are not finite after the last episode");
    if (!agent->finished) evaluate(agent, recorder);
    agent->finished = 1;
    return true;
}

static int64_t done(const Agent *agent) {
    return ((const Drqn *)agent)->episode;
}

static int64_t budget(const Agent *agent) {
    return ((const Drqn *)agent)->params.episodes;
}

static const Network *policy(const Agent *agent) {
    return ((const Drqn *)agent)->online;
}

static void archive_state(Agent *opaque, Archive *archive) {
    Drqn *agent = (Drqn *)opaque;
    archive_enter(archive, "drqn");
    archive_i64(archive, "episode", &agent->episode);
    archive_i64(archive, "finished", &agent->finished);
    archive_enter(archive, "online");
    weights_archive(agent->online->weights, archive);
    archive_leave(archive);
    archive_enter(archive, "target");
    weights_archive(agent->target->weights, archive);
    archive_leave(archive);
    optim_archive(agent->optim, archive);
    buffer_archive(agent->replay, archive);
    archive_leave(archive);
}

static const char *const series[] = {"evaluation/return", "evaluation/discounted_return",
                                     "training/return",   "training/discounted_return",
                                     "training/length",   "training/loss",
                                     "warmup/loss",       "warmup/vaa-star",
                                     "warmup/horizon",    NULL};

const AgentType agent_drqn = {
    .name = "drqn",
    .help = "deep recurrent Q-network: full histories, last-step loss, replay of transitions, hard target copy",
    .source = "Lambrechts, Bolland, Ernst 2022, arXiv 2208.03520; Hausknecht and Stone 2015, arXiv 1507.06527",
    .series = series,
    .params = {"agent drqn", rows, sizeof rows / sizeof *rows, sizeof(DrqnParams)},
    .create = create,
    .destroy = destroy,
    .prepare = prepare,
    .advance = advance,
    .finish = finish,
    .done = done,
    .budget = budget,
    .policy = policy,
    .sequences = sequences,
    .archive = archive_state,
};
