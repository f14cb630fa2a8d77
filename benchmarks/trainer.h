// What a run trains: environment or task, agent, the sampling of histories and the measuring of multistability, put together from a
// configuration. It knows no files.
#pragma once

#include "analysis/vaa.h"
#include "benchmarks/config.h"
#include "core/linalg.h"

typedef struct Trainer {
    Env *env;      // NULL where there is a task
    Task *task;    // NULL where there is an environment
    const AgentType *type;
    Agent *agent;
    const HistoryParams *histories;    // the configuration's
    HistorySampler *sampler;           // NULL when no histories are wanted
    const VaaParams *vaa_params;
    Vaa *vaa;    // NULL when it is not measured
    uint64_t seed;
} Trainer;

// What goes together, as far as it can be told before anything is trained. The agent: one that learns tasks where there is a task, one that
// acts where there is none. trainer_check: also the sizes of what is measured, by the configuration's environment or task (the other is NULL).
// False with a message.
bool trainer_check_agent(const Config *config, Error *error);
bool trainer_check(const Config *config, const Env *env, const Task *task, Error *error);

// `config` must outlive the trainer. False with a message when the parameters contradict each other.
bool trainer_open(Trainer *trainer, const Config *config, int64_t seed, Error *error);
void trainer_close(Trainer *trainer);

// The series "vaa/mean" and "vaa/settled", where the configuration wants them: at every vaa.period units from 0, and after the last one.
extern const char *const trainer_series[];    // NULL-terminated

// One unit of training, and the end: what the agent does, and the measurement that is due before it. False with a message when training
// broke down.
bool trainer_advance(Trainer *trainer, const Recorder *recorder, Error *error);
bool trainer_finish(Trainer *trainer, const Recorder *recorder, Error *error);

int64_t trainer_done(const Trainer *trainer);
int64_t trainer_budget(const Trainer *trainer);

// Whether the protocol samples histories at this point: every `period` units from 0, and after the last unit if
// `last` says so. Never of a task, nor of an agent without a network.
bool trainer_sample_due(const Trainer *trainer);
int64_t trainer_sample_count(const Trainer *trainer);    // in a whole run

// Records the histories that the configuration wants (policy/..., exploring/..., bank/...) and the weights, at step `done`. What
// does not change in the bank is recorded with the `first` sample only.
void trainer_sample(Trainer *trainer, bool first, const Recorder *recorder);
void trainer_record_weights(const Trainer *trainer, const Recorder *recorder);    // weights/<name>

// Bytes that one sample hands to the recorder, at most (the first is the largest, having the fixed part of the bank).
double trainer_sample_bytes(const Trainer *trainer, bool first);
