// Agents: what learns, to act in an environment or to do a supervised task. An agent does one unit of training at a time (an episode, a
// gradient step), speaks to a Recorder, and archives its whole state, so that who drives it can stop and resume anywhere between units.
#pragma once

#include "algorithms/networks/network.h"
#include "algorithms/networks/sequences.h"
#include "algorithms/training/warmup.h"
#include "core/archive.h"
#include "core/param.h"
#include "core/recorder.h"
#include "envs/env.h"
#include "envs/task.h"

typedef struct AgentContext {
    const Env *env;      // borrowed, as is all of it; NULL for a supervised agent
    const Task *task;    // NULL for others
    const NetworkParams *network;
    const WarmupParams *warmup;    // before training; steps 0: none
    uint64_t seed;
    DType precision;
    const Linalg *linalg;
} AgentContext;

typedef struct Agent Agent;

typedef struct AgentType {
    const char *name, *help, *source;
    bool supervised;    // learns a task, not an environment
    ParamTable params;
    const char *const *series;    // names of the scalars that it records, NULL-terminated: what claims and figures can ask for
    Agent *(*create)(const void *params, const AgentContext *context, Error *error);
    void (*destroy)(Agent *agent);
    // What comes before the first unit; once for a run. NULL: nothing. False as below.
    bool (*prepare)(Agent *agent, const Recorder *recorder, Error *error);
    // One unit of training, with what belongs before it (evaluation, target copy). False with a message when training broke down
    // (a loss that is not finite): the run is failed at that step.
    bool (*advance)(Agent *agent, const Recorder *recorder, Error *error);
    // What is due after the last unit (the final evaluation).
    bool (*finish)(Agent *agent, const Recorder *recorder, Error *error);
    int64_t (*done)(const Agent *agent);             // units done
    int64_t (*budget)(const Agent *agent);           // units in all
    const Network *(*policy)(const Agent *agent);    // NULL: the agent has no network, and no `sequences` either
    // What the network is trained on at this point, for whoever wants to look at it: valid until the next unit.
    SequenceSource (*sequences)(Agent *agent);
    void (*archive)(Agent *agent, Archive *archive);
} AgentType;

// The registry: one line per agent, in algorithms/agents/agents.c.
extern const AgentType *const agent_types[];
extern const size_t agent_type_count;
const AgentType *agent_find(const char *name, Error *error);
