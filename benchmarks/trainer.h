// What a run trains: environment, agent and the sampling of histories, put together from a configuration. It knows no
// files.
#pragma once

#include "benchmarks/config.h"
#include "core/linalg.h"

typedef struct Trainer {
    Env *env;
    const AgentType *type;
    Agent *agent;
    const HistoryParams *histories;    // the configuration's
    HistorySampler *sampler;           // NULL when no histories are wanted
    uint64_t seed;
} Trainer;

// `config` must outlive the trainer. False with a message when the parameters contradict each other.
bool trainer_open(Trainer *trainer, const Config *config, int64_t seed, Error *error);
void trainer_close(Trainer *trainer);

int64_t trainer_done(const Trainer *trainer);
int64_t trainer_budget(const Trainer *trainer);

// Whether the protocol samples histories at this point: every `period` units from 0, and after the last unit if
// `last` says so.
bool trainer_sample_due(const Trainer *trainer);
int64_t trainer_sample_count(const Trainer *trainer);    // in a whole run

// Records the histories that the configuration wants (policy/..., exploring/..., bank/...) and the weights, at step `done`. What
// does not change in the bank is recorded with the `first` sample only.
void trainer_sample(Trainer *trainer, bool first, const Recorder *recorder);
void trainer_record_weights(const Trainer *trainer, const Recorder *recorder);    // weights/<name>

// Bytes that one sample hands to the recorder, at most (the first is the largest, having the fixed part of the bank).
double trainer_sample_bytes(const Trainer *trainer, bool first);
