// What tests of agents share: what an agent recorded, its state moved from one agent to another, its weights.
#pragma once

#include "algorithms/agents/agent.h"
#include "core/linalg.h"
#include "tests/support.h"

// ---- what was recorded -----------------------------------------------------------------------------------------------------------

typedef struct AgentsEntry {
    char name[32];
    int64_t step;
    double value;
} AgentsEntry;

typedef struct AgentsLog {
    int count;
    AgentsEntry entry[2000];
} AgentsLog;

static inline void agents_hear(void *context, const char *name, int64_t step, double value) {
    AgentsLog *log = context;
    assert_true(log->count < (int)(sizeof log->entry / sizeof *log->entry) && strlen(name) < sizeof log->entry->name);
    AgentsEntry *entry = &log->entry[log->count++];
    memset(entry, 0, sizeof *entry);
    snprintf(entry->name, sizeof entry->name, "%s", name);
    entry->step = step;
    entry->value = value;
}

static inline void agents_hear_array(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                                     const void *data) {
    (void)context, (void)name, (void)step, (void)type, (void)rank, (void)shape, (void)data;
    fail_msg("an agent records no arrays");
}

static inline void agents_hear_nothing(void *context, const char *name, int64_t step, double value) {
    (void)context, (void)name, (void)step, (void)value;
}

static inline Recorder agents_recorder(AgentsLog *log) {    // NULL: to nobody
    return (Recorder){log, log ? agents_hear : agents_hear_nothing, agents_hear_array};
}

static inline int agents_count(const AgentsLog *log, const char *name) {
    int count = 0;
    for (int i = 0; i < log->count; i++) count += strcmp(log->entry[i].name, name) == 0;
    return count;
}

// Value number `index` of a series; its step goes to *step unless that is NULL.
static inline double agents_value(const AgentsLog *log, const char *name, int index, int64_t *step) {
    for (int i = 0; i < log->count; i++) {
        if (strcmp(log->entry[i].name, name) != 0 || index-- > 0) continue;
        if (step) *step = log->entry[i].step;
        return log->entry[i].value;
    }
    fail_msg("nothing recorded as %s", name);
    return NAN;
}

static inline double agents_last(const AgentsLog *log, const char *name) {
    return agents_value(log, name, agents_count(log, name) - 1, NULL);
}

// From entry `begin` of `whole` on the two are the same, to the bit.
static inline void agents_expect_rest(const AgentsLog *whole, int begin, const AgentsLog *rest) {
    assert_int_equal(whole->count - begin, rest->count);
    assert_true(rest->count > 0);
    for (int i = 0; i < rest->count; i++) {
        const AgentsEntry *a = &whole->entry[begin + i], *b = &rest->entry[i];
        uint64_t bits[2];
        memcpy(&bits[0], &a->value, sizeof bits[0]);
        memcpy(&bits[1], &b->value, sizeof bits[1]);
        if (strcmp(a->name, b->name) != 0 || a->step != b->step || bits[0] != bits[1])
            fail_msg("%s at %lld: %.17g, undisturbed %s at %lld: %.17g", b->name, (long long)b->step, b->value, a->name,
                     (long long)a->step, a->value);
    }
}

// ---- driving ---------------------------------------------------------------------------------------------------------------------

static inline Agent *agents_create(const AgentType *type, const void *params, const AgentContext *context) {
    Error error = {0};
    Agent *agent = type->create(params, context, &error);
    if (!agent) fail_msg("%s", error.message);
    return agent;
}

// The whole message.
static inline void agents_refuse(const AgentType *type, const void *params, const AgentContext *context, const char *message) {
    Error error = {0};
    assert_null(type->create(params, context, &error));
    assert_string_equal(error.message, message);
}

// Goes on to unit `until`, and finishes if that is the last.
static inline void agents_advance(const AgentType *type, Agent *agent, int64_t until, AgentsLog *log) {
    Error error = {0};
    Recorder recorder = agents_recorder(log);
    if (type->done(agent) == 0 && until > 0 && type->prepare && !type->prepare(agent, &recorder, &error))
        fail_msg("%s", error.message);
    while (type->done(agent) < until) {
        if (!type->advance(agent, &recorder, &error)) fail_msg("%s", error.message);
    }
    if (until == type->budget(agent) && !type->finish(agent, &recorder, &error)) fail_msg("%s", error.message);
}

static inline void agents_move(const AgentType *type, Agent *from, Agent *to) {
    Error error = {0};
    MemoryArchive *memory = memory_archive_create();
    Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
    type->archive(from, archive);
    if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
    archive = memory_archive_open(memory, ARCHIVE_LOAD);
    type->archive(to, archive);
    if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
    memory_archive_destroy(memory);
}

static inline void agents_expect_same_weights(const AgentType *type, const Agent *a, const Agent *b) {
    const Weights *first = type->policy(a)->weights, *second = type->policy(b)->weights;
    Matrix w = weights_values(first), v = weights_values(second);
    assert_int_equal(w.cols, v.cols);
    assert_memory_equal(w.data, v.data, (size_t)w.cols * dtype_size(w.type));
}
