#include "benchmarks/config.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/critic.h"
#include "analysis/information/estimators.h"
#include "analysis/information/gaussian.h"
#include "analysis/information/ksg.h"
#include "analysis/information/mine.h"
#include "analysis/information/mixed.h"
#include "analysis/information/plug_in.h"
#include "analysis/information/probe.h"
#include "analysis/information/ross.h"
#include "analysis/information/sliced.h"
#include "analysis/vaa.h"
#include "core/arena.h"
#include "envs/irrelevant.h"
#include "envs/view.h"

// ---- the sections ---------------------------------------------------------------------------------------------------

static const char *const arithmetic_names[] = {"portable", "openblas", NULL};
static const char *const precision_names[] = {"single", "double", NULL};

static const ParamSpec run_rows[] = {
    {"arithmetic", PARAM_CHOICE, offsetof(RunParams, arithmetic), "portable", 0, 0, arithmetic_names,
     "matrix products: portable gives the same bits everywhere"},
    {"precision", PARAM_CHOICE, offsetof(RunParams, precision), "single", 0, 0, precision_names,
     "floating-point type of the training"},
};
const ParamTable run_params = {"run", run_rows, sizeof run_rows / sizeof *run_rows, sizeof(RunParams)};

// For whom a section is there.
typedef enum Audience { ALL_RUNS, WITH_TASK, WITH_ENVIRONMENT } Audience;

// `table` is NULL where the chosen type brings it along. What is not part of the run belongs to its analysis.
typedef struct Section {
    const char *name;
    const ParamTable *table;
    bool part_of_run;
    Audience audience;
} Section;

static const Section sections[] = {
    {"environment", NULL, true, WITH_ENVIRONMENT},
    {"task", NULL, true, WITH_TASK},
    {"agent", NULL, true, ALL_RUNS},
    {"network", &network_params, true, ALL_RUNS},
    {"histories", &history_params, true, WITH_ENVIRONMENT},
    {"run", &run_params, true, ALL_RUNS},
    {"irrelevant", &irrelevant_params, true, WITH_ENVIRONMENT},
    {"view", &view_params, true, WITH_ENVIRONMENT},
    {"warmup", &warmup_params, true, ALL_RUNS},
    {"vaa", &vaa_params, true, ALL_RUNS},
    {"estimators", &estimator_choice_params, false, WITH_ENVIRONMENT},
    {"mine", &mine_params, false, WITH_ENVIRONMENT},
    {"probe", &probe_params, false, WITH_ENVIRONMENT},
    {"critic", &critic_params, false, WITH_ENVIRONMENT},
    {"ksg", &ksg_params, false, WITH_ENVIRONMENT},
    {"ross", &ross_params, false, WITH_ENVIRONMENT},
    {"mixed", &mixed_params, false, WITH_ENVIRONMENT},
    {"gaussian", &gaussian_params, false, WITH_ENVIRONMENT},
    {"plug-in", &plug_in_params, false, WITH_ENVIRONMENT},
    {"sliced", &sliced_params, false, WITH_ENVIRONMENT},
};

enum {
    ENVIRONMENT,
    TASK,
    AGENT,
    NETWORK,
    HISTORIES,
    RUN,
    IRRELEVANT,
    VIEW,
    WARMUP,
    VAA,
    SECTION_COUNT = sizeof sections / sizeof *sections
};

// Came after the first runs, and change nothing at their default.
static const char *const later[] = {
    "environment.horizon",
    "histories.exploring",
    "histories.exploring_epsilon",
    "histories.particles",
    "irrelevant.*",
    "view.*",
    "estimators.stride",
    "agent.prefill",
    "warmup.*",
    "vaa.*",
    "network.double",
    "network.parameters",
    "network.initialisation",
    "network.time_scale",
    "task.shortest",
    "task.longer_from",
};

struct Config {
    const EnvType *env;
    const TaskType *task;    // NULL: none
    const AgentType *agent;
    void *params[SECTION_COUNT];    // one struct per section, owned
};

size_t config_section_count(void) {
    return SECTION_COUNT;
}

const char *config_section_name(size_t index) {
    assert(index < SECTION_COUNT);
    return sections[index].name;
}

const ParamTable *config_section_table(const Config *config, size_t index) {
    assert(index < SECTION_COUNT);
    static const ParamTable no_task = {.owner = "task none", .struct_size = 1};
    if (index == ENVIRONMENT) return &config->env->params;
    if (index == TASK) return config->task ? &config->task->params : &no_task;
    if (index == AGENT) return &config->agent->params;
    return sections[index].table;
}

static bool has_type(size_t section) {
    return section == ENVIRONMENT || section == TASK || section == AGENT;
}

static bool applies(const Config *config, size_t section) {
    Audience audience = sections[section].audience;
    return audience == ALL_RUNS || (audience == WITH_TASK) == (config->task != NULL);
}

static void reset_section(Config *config, size_t index) {
    const ParamTable *table = config_section_table(config, index);
    free(config->params[index]);
    config->params[index] = memory_zeroed(1, table->struct_size);
    param_defaults(table, config->params[index]);
}

// ---- life -----------------------------------------------------------------------------------------------------------

Config *config_create(void) {
    Config *config = memory_zeroed(1, sizeof *config);
    config->env = env_find("tmaze", NULL);
    config->agent = agent_find("drqn", NULL);
    assert(config->env && config->agent);
    for (size_t i = 0; i < SECTION_COUNT; i++) reset_section(config, i);
    return config;
}

Config *config_copy(const Config *config) {
    Config *copy = memory_zeroed(1, sizeof *copy);
    *copy = *config;
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        size_t bytes = config_section_table(config, i)->struct_size;
        copy->params[i] = memory_alloc(bytes);
        memcpy(copy->params[i], config->params[i], bytes);
    }
    return copy;
}

void config_destroy(Config *config) {
    if (!config) return;
    for (size_t i = 0; i < SECTION_COUNT; i++) free(config->params[i]);
    free(config);
}

// ---- names ----------------------------------------------------------------------------------------------------------

// Where a name leads: a section, and a row of its table or, with `row` NULL, the name of its type.
typedef struct Place {
    size_t section;
    const ParamSpec *row;
} Place;

static const char *place_suffix(Place place) {
    return place.row ? place.row->name : "name";
}

// The names of a section: the type's name first where there is one. False past the last.
static bool section_place(const Config *config, size_t section, size_t index, Place *place) {
    const ParamTable *table = config_section_table(config, section);
    size_t shift = has_type(section) ? 1 : 0;
    if (index >= table->count + shift) return false;
    *place = (Place){section, shift && index == 0 ? NULL : &table->rows[index - shift]};
    return true;
}

static bool place_matches(Place place, const char *name) {
    const char *section = sections[place.section].name;
    size_t length = strlen(section);
    if (strcmp(name, place_suffix(place)) == 0) return true;
    if (!place.row && strcmp(name, section) == 0) return true;    // "environment" is short for "environment.name"
    return strncmp(name, section, length) == 0 && name[length] == '.' && strcmp(name + length + 1, place_suffix(place)) == 0;
}

// The names of a section that does not apply are to be found in full only.
static bool is_reachable(const Config *config, Place place, const char *name) {
    return applies(config, place.section) || !place.row || strchr(name, '.');
}

// How often `name` fits; the first two places it leads to.
static size_t find_places(const Config *config, const char *name, Place found[2]) {
    size_t count = 0;
    Place place = {0};
    for (size_t section = 0; section < SECTION_COUNT; section++) {
        for (size_t i = 0; section_place(config, section, i, &place); i++) {
            if (!place_matches(place, name) || !is_reachable(config, place, name)) continue;
            if (count < 2) found[count] = place;
            count++;
        }
    }
    return count;
}

enum { PLACES_MAX = 512 };

// The nearest of all full names (for a dotted name) or of those bare ones that lead somewhere.
static bool nearest_place(const Config *config, const char *name, Place *nearest) {
    Place places[PLACES_MAX];
    char *texts[PLACES_MAX];
    const char *candidates[PLACES_MAX];
    bool dotted = strchr(name, '.') != NULL;
    size_t count = 0;
    for (size_t section = 0; section < SECTION_COUNT; section++) {
        bool reachable = dotted || applies(config, section);
        for (size_t i = 0; reachable && section_place(config, section, i, &places[count]); i++) {
            const char *suffix = place_suffix(places[count]);
            texts[count] = dotted ? memory_format("%s.%s", sections[section].name, suffix) : memory_format("%s", suffix);
            candidates[count] = texts[count];
            count++;
            assert(count < PLACES_MAX);
        }
    }
    const char *best = error_nearest(name, candidates, count);
    for (size_t i = 0; i < count; i++) {
        if (best == candidates[i]) *nearest = places[i];
        free(texts[i]);
    }
    return best != NULL;
}

// "section.name" of a known section: that section's table knows best what it would accept.
static bool refuse_name(const Config *config, const char *name, Error *error) {
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        size_t length = strlen(sections[i].name);
        if (strncmp(name, sections[i].name, length) != 0 || name[length] != '.') continue;
        return param_set(config_section_table(config, i), config->params[i], name + length + 1, "", error);
    }
    Place nearest = {0};
    if (!nearest_place(config, name, &nearest)) {
        return error_set(error, "found unknown parameter '%.80s', accepted: a parameter that `engram list` shows", name);
    }
    return error_set(error, "found unknown parameter '%.80s', accepted: a parameter that `engram list` shows; nearest: %s.%s",
                     name, sections[nearest.section].name, place_suffix(nearest));
}

static bool find_place(const Config *config, const char *name, Place *place, Error *error) {
    Place found[2] = {{0}};
    size_t count = find_places(config, name, found);
    if (count == 0) return refuse_name(config, name, error);
    if (count > 1) {
        return error_set(
            error, "found '%.80s', which stands for several parameters, accepted: one of them in full, as %s.%s or %s.%s", name,
            sections[found[0].section].name, place_suffix(found[0]), sections[found[1].section].name, place_suffix(found[1]));
    }
    *place = found[0];
    return true;
}

char *config_resolve(const Config *config, const char *name, Error *error) {
    Place place = {0};
    if (!find_place(config, name, &place, error)) return NULL;
    return memory_format("%s.%s", sections[place.section].name, place_suffix(place));
}

char *config_short_name(const Config *config, const char *name, Error *error) {
    Place place = {0}, found[2] = {{0}};
    if (!find_place(config, name, &place, error)) return NULL;
    if (!place.row) return memory_format("%s", sections[place.section].name);
    // Of a section that does not apply the bare name may stand for another's.
    if (applies(config, place.section) && find_places(config, place.row->name, found) == 1)
        return memory_format("%s", place.row->name);
    return memory_format("%s.%s", sections[place.section].name, place.row->name);
}

const ParamSpec *config_spec(const Config *config, const char *name) {
    Place place = {0};
    return find_place(config, name, &place, NULL) ? place.row : NULL;
}

// ---- values ---------------------------------------------------------------------------------------------------------

static bool set_environment(Config *config, const char *value, Error *error) {
    const EnvType *type = env_find(value, error);
    if (type && type != config->env) {
        config->env = type;
        reset_section(config, ENVIRONMENT);
    }
    return type != NULL;
}

static void use_agent(Config *config, const AgentType *type) {
    if (type == config->agent) return;
    config->agent = type;
    reset_section(config, AGENT);
}

// An agent that can learn what there is to be learned.
static void fit_agent(Config *config) {
    bool supervised = config->task != NULL;
    for (size_t i = 0; config->agent->supervised != supervised && i < agent_type_count; i++) {
        if (agent_types[i]->supervised == supervised) use_agent(config, agent_types[i]);
    }
}

static bool set_task(Config *config, const char *value, Error *error) {
    const TaskType *type = strcmp(value, "none") == 0 ? NULL : task_find(value, error);
    if (!type && strcmp(value, "none") != 0) return false;
    if (type != config->task) {
        config->task = type;
        reset_section(config, TASK);
        fit_agent(config);
    }
    return true;
}

static bool set_agent(Config *config, const char *value, Error *error) {
    const AgentType *type = agent_find(value, error);
    if (type) use_agent(config, type);
    return type != NULL;
}

static bool set_type(Config *config, size_t section, const char *value, Error *error) {
    if (section == ENVIRONMENT) return set_environment(config, value, error);
    return section == TASK ? set_task(config, value, error) : set_agent(config, value, error);
}

static const char *type_name(const Config *config, size_t section) {
    if (section == ENVIRONMENT) return config->env->name;
    if (section == AGENT) return config->agent->name;
    return config->task ? config->task->name : "none";
}

bool config_set(Config *config, const char *name, const char *value, Error *error) {
    Place place = {0};
    if (!find_place(config, name, &place, error)) return false;
    if (!place.row) return set_type(config, place.section, value, error);
    return param_set(config_section_table(config, place.section), config->params[place.section], place.row->name, value, error);
}

static void place_text(const Config *config, Place place, char text[PARAM_TEXT_SIZE]) {
    if (place.row) {
        param_text(place.row, config->params[place.section], text);
    } else {
        snprintf(text, PARAM_TEXT_SIZE, "%s", type_name(config, place.section));
    }
}

bool config_get(const Config *config, const char *name, char text[PARAM_TEXT_SIZE]) {
    Place place = {0};
    if (!find_place(config, name, &place, NULL)) return false;
    place_text(config, place, text);
    return true;
}

const EnvType *config_env(const Config *config) {
    return config->env;
}
const void *config_env_params(const Config *config) {
    return config->params[ENVIRONMENT];
}
Env *config_make_env(const Config *config, Error *error) {
    Env *env = env_create(config->env, config->params[ENVIRONMENT], error);
    if (env) env = env_irrelevant(env, config->params[IRRELEVANT], error);
    return env ? env_view(env, config->params[VIEW], error) : NULL;
}
const TaskType *config_task(const Config *config) {
    return config->task;
}
Task *config_make_task(const Config *config, Error *error) {
    assert(config->task);
    return task_create(config->task, config->params[TASK], error);
}
const char *config_problem_name(const Config *config) {
    return config->task ? config->task->name : config->env->name;
}
const AgentType *config_agent(const Config *config) {
    return config->agent;
}
const void *config_agent_params(const Config *config) {
    return config->params[AGENT];
}
const NetworkParams *config_network(const Config *config) {
    return config->params[NETWORK];
}
const HistoryParams *config_histories(const Config *config) {
    return config->params[HISTORIES];
}

const void *config_section(const Config *config, const char *section) {
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        if (strcmp(sections[i].name, section) == 0) return config->params[i];
    }
    assert(false);
    return NULL;
}

// ---- text and key ---------------------------------------------------------------------------------------------------

typedef struct Lines {
    size_t count;
    char *text[PLACES_MAX];
} Lines;

static void lines_add(Lines *lines, char *owned) {
    assert(lines->count < PLACES_MAX);
    lines->text[lines->count++] = owned;
}

static bool came_later(const char *section, const char *name) {
    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        size_t length = strlen(section);
        if (strncmp(later[i], section, length) != 0 || later[i][length] != '.') continue;
        const char *rest = later[i] + length + 1;
        if (strcmp(rest, "*") == 0 || strcmp(rest, name) == 0) return true;
    }
    return false;
}

static bool is_default(const Config *config, Place place) {
    const ParamTable *table = config_section_table(config, place.section);
    char *defaults = memory_zeroed(1, table->struct_size), now[PARAM_TEXT_SIZE], first[PARAM_TEXT_SIZE];
    param_defaults(table, defaults);
    param_text(place.row, config->params[place.section], now);
    param_text(place.row, defaults, first);
    free(defaults);
    return strcmp(now, first) == 0;
}

static void lines_add_sections(Lines *lines, const Config *config, bool part_of_run) {
    for (size_t section = 0; section < SECTION_COUNT; section++) {
        Place place = {0};
        bool wanted = sections[section].part_of_run == part_of_run && applies(config, section);
        for (size_t i = 0; wanted && section_place(config, section, i, &place); i++) {
            char value[PARAM_TEXT_SIZE];
            if (came_later(sections[section].name, place_suffix(place)) && is_default(config, place)) continue;
            place_text(config, place, value);
            lines_add(lines, memory_format("%s.%s = %s\n", sections[section].name, place_suffix(place), value));
        }
    }
}

static int compare_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// One text of all lines in sorted order; frees the lines.
static char *lines_join(Lines *lines) {
    qsort(lines->text, lines->count, sizeof *lines->text, compare_text);
    size_t length = 0, used = 0;
    for (size_t i = 0; i < lines->count; i++) length += strlen(lines->text[i]);
    char *joined = memory_alloc(length + 1);
    for (size_t i = 0; i < lines->count; i++) {
        size_t bytes = strlen(lines->text[i]);
        memcpy(joined + used, lines->text[i], bytes);
        used += bytes;
        free(lines->text[i]);
    }
    joined[used] = '\0';
    return joined;
}

char *config_run_text(const Config *config, int64_t seed) {
    Lines lines = {0};
    lines_add_sections(&lines, config, true);
    lines_add(&lines, memory_format("behaviour = %d\n", BEHAVIOUR_VERSION));
    lines_add(&lines, memory_format("seed = %lld\n", (long long)seed));
    return lines_join(&lines);
}

char *config_analysis_text(const Config *config) {
    Lines lines = {0};
    lines_add_sections(&lines, config, false);
    return lines_join(&lines);
}

void config_run_key(const Config *config, int64_t seed, char key[DIGEST_SIZE]) {
    char *text = config_run_text(config, seed);
    digest_bytes(text, strlen(text), key);
    free(text);
}

char *config_run_name(const Config *config, int64_t seed) {
    char key[DIGEST_SIZE];
    config_run_key(config, seed, key);
    // An agent without a network has no cell.
    const char *cell = config->agent->policy ? cell_types[config_network(config)->cell]->name : "";
    return memory_format("%s-%s%s%s-s%lld-%.12s", config_problem_name(config), config->agent->name, *cell ? "-" : "", cell,
                         (long long)seed, key);
}
