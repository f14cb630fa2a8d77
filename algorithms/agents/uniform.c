// Episode k = 0..episodes-1 draws from the streams (seed, role, k) of an evaluation's environment and exploration: its own, whatever was played
// before it, so no generator has to be saved. What is kept are sums over episodes, taken in their order.
#include "algorithms/agents/uniform.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

static const ParamSpec rows[] = {
    {"episodes", PARAM_INT, offsetof(UniformParams, episodes), "1000", 1, 1e8, NULL, "episodes played"},
};

typedef struct Uniform {
    UniformParams params;
    const Env *env;
    uint64_t seed;
    int64_t episode;     // episodes done
    int64_t finished;    // whether the means were recorded
    double sum, discounted_sum, length_sum;
    void *state;
    float *observation;
} Uniform;

static Agent *create(const void *params, const AgentContext *context, Error *error) {
    (void)error;
    const EnvSpec *spec = &context->env->spec;
    Uniform *agent = memory_zeroed(1, sizeof *agent);
    agent->params = *(const UniformParams *)params;
    agent->env = context->env;
    agent->seed = context->seed;
    agent->state = memory_zeroed(1, spec->state_bytes);
    agent->observation = memory_zeroed((size_t)spec->observation_size, sizeof(float));
    return (Agent *)agent;
}

static void destroy(Agent *opaque) {
    Uniform *agent = (Uniform *)opaque;
    if (!agent) return;
    free(agent->state);
    free(agent->observation);
    free(agent);
}

static void play(Uniform *agent) {
    const EnvType *type = agent->env->type;
    const EnvSpec *spec = &agent->env->spec;
    const void *model = agent->env->model;
    Rng environment = rng_stream(agent->seed, RNG_EVALUATION_ENVIRONMENT, (uint64_t)agent->episode);
    Rng exploration = rng_stream(agent->seed, RNG_EVALUATION_EXPLORATION, (uint64_t)agent->episode);
    double sum = 0, discounted_sum = 0, power = 1;
    int length = 0;
    type->reset(model, agent->state, &environment, agent->observation);
    for (bool over = false; !over;) {
        int action = (int)rng_below(&exploration, (uint32_t)spec->action_count);
        EnvStep step = type->step(model, agent->state, action, &environment, agent->observation);
        sum += step.reward;
        discounted_sum += power * step.reward;
        power *= spec->discount;
        over = ++length >= spec->horizon || step.done;
    }
    agent->sum += sum;
    agent->discounted_sum += discounted_sum;
    agent->length_sum += length;
}

static bool advance(Agent *opaque, const Recorder *recorder, Error *error) {
    (void)recorder;
    Uniform *agent = (Uniform *)opaque;
    assert(agent->episode < agent->params.episodes);
    play(agent);
    if (!isfinite(agent->sum)) return error_set(error, "the return of episode %lld is not finite", (long long)agent->episode);
    agent->episode++;
    return true;
}

static bool finish(Agent *opaque, const Recorder *recorder, Error *error) {
    (void)error;
    Uniform *agent = (Uniform *)opaque;
    if (agent->finished) return true;
    double episodes = (double)agent->episode;
    record_scalar(recorder, "evaluation/return", agent->episode, agent->sum / episodes);
    record_scalar(recorder, "evaluation/discounted_return", agent->episode, agent->discounted_sum / episodes);
    record_scalar(recorder, "evaluation/length", agent->episode, agent->length_sum / episodes);
    agent->finished = 1;
    return true;
}

static int64_t done(const Agent *agent) {
    return ((const Uniform *)agent)->episode;
}

static int64_t budget(const Agent *agent) {
    return ((const Uniform *)agent)->params.episodes;
}

static void archive_state(Agent *opaque, Archive *archive) {
    Uniform *agent = (Uniform *)opaque;
    archive_enter(archive, "uniform");
    archive_i64(archive, "episode", &agent->episode);
    archive_i64(archive, "finished", &agent->finished);
    archive_f64(archive, "sum", &agent->sum);
    archive_f64(archive, "discounted_sum", &agent->discounted_sum);
    archive_f64(archive, "length_sum", &agent->length_sum);
    archive_leave(archive);
}

static const char *const series[] = {"evaluation/return", "evaluation/discounted_return", "evaluation/length", NULL};

const AgentType agent_uniform = {
    .name = "uniform",
    .help = "draws every action uniformly at random and learns nothing: for reference",
    .source = "ours, for reference",
    .series = series,
    .params = {"agent uniform", rows, sizeof rows / sizeof *rows, sizeof(UniformParams)},
    .create = create,
    .destroy = destroy,
    .advance = advance,
    .finish = finish,
    .done = done,
    .budget = budget,
    .archive = archive_state,
};
