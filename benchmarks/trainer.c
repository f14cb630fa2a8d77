#include "benchmarks/trainer.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

const char *const trainer_series[] = {"vaa/mean", "vaa/settled", NULL};

// ---- what goes together ---------------------------------------------------------------------------------------------

bool trainer_check_agent(const Config *config, Error *error) {
    const AgentType *agent = config_agent(config);
    bool supervised = config_task(config) != NULL;
    if (agent->supervised == supervised) return true;
    char accepted[256] = "";
    for (size_t i = 0; i < agent_type_count; i++) {
        size_t used = strlen(accepted);
        if (agent_types[i]->supervised != supervised) continue;
        snprintf(accepted + used, sizeof accepted - used, "%s%s", used ? ", " : "", agent_types[i]->name);
    }
    return error_set(error, "agent.name: found %s, which %s, with %s %s, accepted: %s", agent->name,
                     supervised ? "acts in environments" : "learns tasks", supervised ? "task" : "environment",
                     config_problem_name(config), accepted);
}

// Rows of the batch of prefixes are counted in an int.
static bool check_vaa(const VaaParams *params, int64_t longest, Error *error) {
    int64_t most = INT_MAX / longest;
    if (params->period == 0 || params->samples <= most) return true;
    return error_set(error,
                     "vaa.samples: found %d, which makes %lld rows of sequences of up to %lld steps, accepted: at most %lld "
                     "sequences (%d rows)",
                     params->samples, (long long)params->samples * longest, (long long)longest, (long long)most, INT_MAX);
}

// Estimators take the particles of a half as rows, and count them in an int.
static bool check_histories(const HistoryParams *params, const Env *env, Error *error) {
    if (!history_wants_any(params)) return true;
    if (env->spec.belief_parts == 0) {
        return error_set(error,
                         "histories: this %s has no belief filter, so that its histories cannot be sampled; accepted are "
                         "policy, exploring and bank all false",
                         env->type->name);
    }
    for (int i = 0; i < env->spec.belief_parts; i++) {
        int particles = history_part(params, &env->spec, i).particles;
        if (params->pairs <= INT_MAX / particles) continue;
        return error_set(error,
                         "histories.pairs: found %d, which makes %lld particles of beliefs of %d, accepted: at most %d of them "
                         "(fewer pairs, or fewer histories.particles)",
                         params->pairs, (long long)params->pairs * particles, particles, INT_MAX);
    }
    return true;
}

// Whatever looks at a network needs one.
static bool check_network(const Config *config, Error *error) {
    const AgentType *agent = config_agent(config);
    const WarmupParams *warmup = config_section(config, "warmup");
    const VaaParams *vaa = config_section(config, "vaa");
    if (agent->policy) return true;
    if (history_wants_any(config_histories(config))) {
        return error_set(error,
                         "histories: agent %s has no network whose hidden states could be sampled; accepted are policy, "
                         "exploring and bank all false",
                         agent->name);
    }
    bool warm = warmup->steps > 0;
    if (!warm && vaa->period == 0) return true;
    return error_set(error, "%s: found %d, but agent %s has no network, accepted: 0", warm ? "warmup.steps" : "vaa.period",
                     warm ? warmup->steps : vaa->period, agent->name);
}

bool trainer_check(const Config *config, const Env *env, const Task *task, Error *error) {
    assert(!env != !task);
    if (!trainer_check_agent(config, error) || !check_network(config, error)) return false;
    int64_t longest = task ? task->spec.steps : (int64_t)env->spec.horizon + 1;
    return check_vaa(config_section(config, "vaa"), longest, error) &&
           (task || check_histories(config_histories(config), env, error));
}

// ---- life -----------------------------------------------------------------------------------------------------------

static bool make_problem(Trainer *trainer, const Config *config, Error *error) {
    if (config_task(config)) trainer->task = config_make_task(config, error);
    else trainer->env = config_make_env(config, error);
    return (trainer->task || trainer->env) && trainer_check(config, trainer->env, trainer->task, error);
}

static const Network *policy_of(const Trainer *trainer) {
    return trainer->type->policy ? trainer->type->policy(trainer->agent) : NULL;
}

static bool make_agent(Trainer *trainer, const Config *config, Error *error) {
    char arithmetic[PARAM_TEXT_SIZE], precision[PARAM_TEXT_SIZE];
    config_get(config, "run.arithmetic", arithmetic);
    config_get(config, "run.precision", precision);
    const Linalg *linalg = linalg_find(arithmetic, error);
    if (!linalg || !make_problem(trainer, config, error)) return false;
    AgentContext context = {.env = trainer->env,
                            .task = trainer->task,
                            .network = config_network(config),
                            .warmup = config_section(config, "warmup"),
                            .seed = trainer->seed,
                            .precision = strcmp(precision, "double") == 0 ? DTYPE_F64 : DTYPE_F32,
                            .linalg = linalg};
    trainer->agent = trainer->type->create(config_agent_params(config), &context, error);
    if (!trainer->agent) return false;
    const Network *network = policy_of(trainer);
    if (trainer->env && history_wants_any(trainer->histories))
        trainer->sampler = history_sampler_create(trainer->env, network, trainer->histories, linalg);
    if (trainer->vaa_params->period > 0) {
        int longest = trainer->type->sequences(trainer->agent).longest;
        trainer->vaa = vaa_create(trainer->vaa_params, config_network(config), network->input, network->output, longest);
    }
    return true;
}

bool trainer_open(Trainer *trainer, const Config *config, int64_t seed, Error *error) {
    *trainer = (Trainer){.type = config_agent(config),
                         .histories = config_histories(config),
                         .vaa_params = config_section(config, "vaa"),
                         .seed = (uint64_t)seed};
    if (make_agent(trainer, config, error)) return true;
    trainer_close(trainer);
    return false;
}

void trainer_close(Trainer *trainer) {
    if (trainer->sampler) history_sampler_destroy(trainer->sampler);
    if (trainer->vaa) vaa_destroy(trainer->vaa);
    if (trainer->agent) trainer->type->destroy(trainer->agent);
    if (trainer->env) env_destroy(trainer->env);
    task_destroy(trainer->task);
    *trainer = (Trainer){0};
}

static void measure_vaa(Trainer *trainer, const Recorder *recorder) {
    int64_t done = trainer_done(trainer), period = trainer->vaa_params->period;
    if (!trainer->vaa || (done % period != 0 && done < trainer_budget(trainer))) return;
    SequenceSource source = trainer->type->sequences(trainer->agent);
    if (source.count == 0) return;    // nothing to look at yet
    VaaEstimate estimate = vaa_estimate(trainer->vaa, policy_of(trainer), &source, trainer->seed, (uint64_t)done);
    record_scalar(recorder, "vaa/mean", done, estimate.value);
    record_scalar(recorder, "vaa/settled", done, estimate.settled);
}

bool trainer_advance(Trainer *trainer, const Recorder *recorder, Error *error) {
    const AgentType *type = trainer->type;
    if (trainer_done(trainer) == 0 && type->prepare && !type->prepare(trainer->agent, recorder, error)) return false;
    measure_vaa(trainer, recorder);
    return type->advance(trainer->agent, recorder, error);
}

bool trainer_finish(Trainer *trainer, const Recorder *recorder, Error *error) {
    measure_vaa(trainer, recorder);
    return trainer->type->finish(trainer->agent, recorder, error);
}

int64_t trainer_done(const Trainer *trainer) {
    return trainer->type->done(trainer->agent);
}

int64_t trainer_budget(const Trainer *trainer) {
    return trainer->type->budget(trainer->agent);
}

bool trainer_sample_due(const Trainer *trainer) {
    if (trainer->task || !policy_of(trainer)) return false;
    int64_t done = trainer_done(trainer);
    if (done >= trainer_budget(trainer)) return trainer->histories->last;
    return done % trainer->histories->period == 0;
}

int64_t trainer_sample_count(const Trainer *trainer) {
    if (trainer->task || !policy_of(trainer)) return 0;
    int64_t period = trainer->histories->period;
    return (trainer_budget(trainer) + period - 1) / period + (trainer->histories->last ? 1 : 0);
}

void trainer_record_weights(const Trainer *trainer, const Recorder *recorder) {
    const Network *network = policy_of(trainer);
    if (!network) return;
    const Weights *weights = network->weights;
    for (int i = 0; i < weights_count(weights); i++) {
        Matrix value = weights_value(weights, i);
        char name[256];
        snprintf(name, sizeof name, "weights/%s", weights_name(weights, i));
        record_array(recorder, name, trainer_done(trainer), value.type, 2, (size_t[]){(size_t)value.rows, (size_t)value.cols},
                     value.data);
    }
}

void trainer_sample(Trainer *trainer, bool first, const Recorder *recorder) {
    const Network *network = policy_of(trainer);
    assert(network);
    int64_t step = trainer_done(trainer);
    int64_t period = trainer->histories->period, number = (step + period - 1) / period;    // the last one may come early
    for (HistorySet set = 0; set < HISTORY_SET_COUNT; set++) {
        if (!history_wants(trainer->histories, set)) continue;
        const Histories *drawn = history_sampler_draw(trainer->sampler, set, network, trainer->seed, (uint32_t)number);
        histories_record(drawn, set, step, first || set != HISTORY_BANK, recorder);
    }
    trainer_record_weights(trainer, recorder);
}

double trainer_sample_bytes(const Trainer *trainer, bool first) {
    const Network *network = policy_of(trainer);
    if (!network) return 0;
    double bytes = (double)weights_values(network->weights).cols * (double)dtype_size(weights_type(network->weights));
    for (HistorySet set = 0; trainer->env && set < HISTORY_SET_COUNT; set++) {
        if (!history_wants(trainer->histories, set)) continue;
        bytes += histories_bytes(trainer->histories, &trainer->env->spec, network_hidden_size(network, true),
                                 first || set != HISTORY_BANK);
    }
    return bytes;
}
