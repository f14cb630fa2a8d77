// A resolved configuration: every parameter of one run, typed, with its value. It is organised in sections, each a
// parameter table:
//
//     environment.name environment.length ...   or   task.name task.length ...
//     agent.name agent.episodes ...   network.cell network.layers network.hidden   warmup.* vaa.*
//     irrelevant.* view.*   histories.period ...   run.arithmetic run.precision  -> what a run is: they make its key
//     estimators.* mine.* probe.* ...                                            -> how its logs are analysed: they do not
//
// A parameter is named in full ("environment.length") or, where only one section has it, bare ("length"); "environment", "task"
// and "agent" alone are short for environment.name, task.name and agent.name. A run has a supervised task or, with task.name none, an
// environment: the sections of the other one (environment, irrelevant, view, histories) do not apply to it, and its names are not looked among theirs.
#pragma once

#include <stdint.h>

#include "algorithms/agents/agent.h"
#include "algorithms/histories.h"
#include "algorithms/networks/network.h"
#include "core/digest.h"
#include "core/error.h"
#include "envs/env.h"
#include "envs/task.h"

// Raised whenever the same configuration and seed would train to other results than before.
enum { BEHAVIOUR_VERSION = 2 };

typedef struct RunParams {
    int arithmetic;    // "portable", "openblas"
    int precision;     // "single", "double"
} RunParams;
extern const ParamTable run_params;

typedef struct Config Config;

Config *config_create(void);    // environment tmaze, agent drqn, everything at its default
Config *config_copy(const Config *config);
void config_destroy(Config *config);

// Another "environment.name", "task.name" or "agent.name" than before also resets that section to its defaults: set names first. A task brings
// an agent that can learn it, and no task one that acts, where the present one does not fit.
// What was refused leaves the configuration as it was.
bool config_set(Config *config, const char *name, const char *value, Error *error);
// Canonical text of a value (param_text); false for a name that is unknown or ambiguous.
bool config_get(const Config *config, const char *name, char text[PARAM_TEXT_SIZE]);

// Full name that `name` stands for ("length" -> "environment.length"), owned by the caller, or NULL with a message:
// unknown (and the nearest) or ambiguous (two of those it fits).
char *config_resolve(const Config *config, const char *name, Error *error);
// The shortest name of the same parameter: bare where only one section has it ("cell", "environment"), else in full.
char *config_short_name(const Config *config, const char *name, Error *error);
// The row that describes it; NULL for names of types and for what config_resolve refuses.
const ParamSpec *config_spec(const Config *config, const char *name);

// Typed access for those who execute it.
const EnvType *config_env(const Config *config);
const void *config_env_params(const Config *config);
Env *config_make_env(const Config *config, Error *error);      // with its wrappers: to be destroyed
const TaskType *config_task(const Config *config);             // NULL: the run has an environment
Task *config_make_task(const Config *config, Error *error);    // to be destroyed
const AgentType *config_agent(const Config *config);
const void *config_agent_params(const Config *config);
const NetworkParams *config_network(const Config *config);
const HistoryParams *config_histories(const Config *config);
const void *config_section(const Config *config, const char *section);    // the params struct

// "name = value" lines, sorted: of the run's sections with seed and behaviour version; of the analysis sections. Owned
// by the caller. A run's parameters that came later and change nothing at their default are named only where they differ from it: a run
// keeps its key when the program learns to do something else.
char *config_run_text(const Config *config, int64_t seed);
char *config_analysis_text(const Config *config);
void config_run_key(const Config *config, int64_t seed, char key[DIGEST_SIZE]);    // SHA-256 of config_run_text
const char *config_problem_name(const Config *config);                             // of the task or the environment
// "tmaze-drqn-gru-s3-1a2b3c4d5e6f": for people, unique by the first 12 digits of the key.
char *config_run_name(const Config *config, int64_t seed);

// The parameter tables, for `engram list`.
size_t config_section_count(void);
const char *config_section_name(size_t index);
const ParamTable *config_section_table(const Config *config, size_t index);
