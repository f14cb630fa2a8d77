// The supervised agent: stopped and resumed, broken, refused.
#include "tests/algorithms/supervised_probe.h"

// ---- stop and resume -----------------------------------------------------------------------------------------------------------------

typedef struct Variant {
    const char *name;
    bool classes, fresh;
    int cell, warmup, halve_after, optimiser;
    int placebo;
    int period;    // of evaluation; 0: as usual
} Variant;

static void check_resuming(const Variant *variant) {
    Task *task = probe((ProbeParams){.classes = variant->classes});
    SupervisedParams params = tiny;
    params.halve_after = variant->halve_after, params.optimiser = variant->optimiser, params.learning_rate = 0.1;
    if (variant->fresh) params.train_samples = 0;
    if (variant->period) params.evaluation_period = variant->period;
    NetworkParams network = shape;
    network.cell = variant->cell;
    WarmupParams warmup = warmup_of(variant->warmup);
    warmup.placebo = variant->placebo;
    AgentContext context = context_of(task, &network, &warmup);
    for (int k = 0; k <= params.steps; k++) {    // inside warmup, just after it, inside a pass, between two, before the end
        AgentsLog whole = {0}, rest = {0};
        Agent *agent = agents_create(TYPE, &params, &context), *fresh = agents_create(TYPE, &params, &context);
        if (k < params.steps) agents_advance(TYPE, agent, k, &whole);
        Error error = {0};
        Recorder recorder = agents_recorder(&whole);
        while (TYPE->done(agent) < k) assert_true(TYPE->advance(agent, &recorder, &error));    // without the end
        int begin = whole.count;
        agents_move(TYPE, agent, fresh);
        assert_int_equal(TYPE->done(fresh), k);
        agents_advance(TYPE, agent, params.steps, &whole);
        agents_advance(TYPE, fresh, params.steps, &rest);
        agents_expect_rest(&whole, begin, &rest);
        agents_expect_same_weights(TYPE, agent, fresh);
        TYPE->destroy(agent);
        TYPE->destroy(fresh);
    }
    task_destroy(task);
}

static void resuming_equals_going_on(void **state) {
    (void)state;
    static const Variant variants[] = {
        {.name = "plain"},
        {.name = "warmed", .warmup = 4},
        {.name = "placebo", .warmup = 4, .placebo = WARMUP_RESCALED},
        {.name = "permuted", .warmup = 4, .placebo = WARMUP_PERMUTED},
        {.name = "classes", .classes = true, .cell = 1, .warmup = 4, .halve_after = 2, .optimiser = OPTIM_RMSPROP},
        {.name = "fresh", .fresh = true, .warmup = 4, .halve_after = 2},
        {.name = "sgd", .optimiser = OPTIM_SGD, .halve_after = 4},
        {.name = "halved anywhere", .period = 1, .halve_after = 3},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) check_resuming(&variants[i]);
}

// A state that another run cannot have.
static void impossible_states_are_rejected(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams shorter = tiny;
    shorter.steps = 5;
    Agent *agent = agent_of(task, &tiny, NULL), *other = agent_of(task, &shorter, NULL);
    agents_advance(TYPE, agent, 9, NULL);
    MemoryArchive *memory = memory_archive_create();
    Error error = {0};
    Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
    TYPE->archive(agent, archive);
    assert_true(archive_destroy(archive, &error));
    archive = memory_archive_open(memory, ARCHIVE_LOAD);
    TYPE->archive(other, archive);
    assert_false(archive_destroy(archive, &error));
    support_assert_has(error.message, "supervised/done 9");
    memory_archive_destroy(memory);
    TYPE->destroy(agent);
    TYPE->destroy(other);
    task_destroy(task);
}

static void seeds_make_runs(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    AgentsLog log[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        AgentContext context = context_of(task, NULL, NULL);
        context.seed = i < 2 ? 7 : 8;
        Agent *agent = agents_create(TYPE, &tiny, &context);
        agents_advance(TYPE, agent, tiny.steps, &log[i]);
        TYPE->destroy(agent);
    }
    agents_expect_rest(&log[0], 0, &log[1]);
    assert_true(agents_last(&log[0], "test/loss") != agents_last(&log[2], "test/loss"));
    TYPE->destroy(NULL);
    task_destroy(task);
}

// ---- what goes wrong -----------------------------------------------------------------------------------------------------------------

static void a_broken_training_names_the_step(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    SupervisedParams params = tiny;
    params.learning_rate = 1e30;
    Agent *agent = agent_of(task, &params, NULL);
    Recorder deaf = agents_recorder(NULL);
    Error error = {0};
    while (TYPE->done(agent) < params.steps && TYPE->advance(agent, &deaf, &error)) continue;
    assert_in_range(TYPE->done(agent), 1, params.steps - 1);
    char expected[80];
    const char *what = strstr(error.message, "infinite") ? "infinite" : "not a number";
    snprintf(expected, sizeof expected, "loss is %s at gradient step %lld", what, (long long)TYPE->done(agent));
    assert_string_equal(error.message, expected);
    TYPE->destroy(agent);

    agent = agent_of(task, &tiny, NULL);    // broken by the last step, which no loss sees
    while (TYPE->done(agent) < tiny.steps) assert_true(TYPE->advance(agent, &deaf, &error));
    weights_fill(TYPE->policy(agent)->weights, 0, NAN);
    assert_false(TYPE->finish(agent, &deaf, &error));
    assert_string_equal(error.message, "weights are not finite after the last gradient step");
    TYPE->destroy(agent);
    task_destroy(task);
}

static void refuse(const Task *task, const SupervisedParams *params, const char *message) {
    AgentContext context = context_of(task, NULL, NULL);
    agents_refuse(TYPE, params, &context, message);
}

static void numbers_of_sequences_are_checked(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0}), *finite = probe((ProbeParams){.there = {20, 6}});
    SupervisedParams params = tiny;
    params.validation_samples = 11;
    refuse(task, &params, "agent.validation_samples: found 11 of 11 training sequences, accepted: fewer than those");
    params = tiny, params.halve_after = 5, params.validation_samples = 0;
    refuse(task, &params, "agent.halve_after: found 5 without validation, accepted: 0, or validation_samples above 0");
    params = tiny, params.train_samples = 0;
    refuse(finite, &params,
           "agent.train_samples: found 0, but task probe has no fresh sequences without end, accepted: 1 to 20");
    params = tiny, params.train_samples = 21;
    refuse(finite, &params, "agent.train_samples: found 21, but task probe has 20 such sequences, accepted: 1 to 20");
    params = tiny, params.test_samples = 7;
    refuse(finite, &params, "agent.test_samples: found 7, but task probe has 6 such sequences, accepted: 1 to 6");
    params = tiny, params.train_samples = 20, params.test_samples = 6;    // all there are
    Agent *agent = agent_of(finite, &params, NULL);
    agents_advance(TYPE, agent, params.steps, NULL);
    TYPE->destroy(agent);
    params = tiny, params.validation_samples = params.test_samples = 0;    // and none
    AgentsLog log = {0};
    agent = agent_of(task, &params, NULL);
    agents_advance(TYPE, agent, params.steps, &log);
    assert_int_equal(agents_count(&log, "test/loss") + agents_count(&log, "validation/loss"), 0);
    assert_int_equal(agents_count(&log, "training/loss"), 4);
    TYPE->destroy(agent);
    task_destroy(task);
    task_destroy(finite);
}

static void sizes_are_checked(void **state) {
    (void)state;
    TaskType type = longer_type();
    Task *task = probe((ProbeParams){0}), *longer = probe((ProbeParams){.steps = 1000000});
    SupervisedParams params = tiny;
    params.lengthen = 2;
    refuse(task, &params, "agent.lengthen: found 2, but task probe cannot be made longer, accepted: 1");
    params = tiny, params.batch = 65536;
    refuse(longer, &params,
           "agent.batch: found 65536, which makes 65536000000 rows of sequences of 1000000 steps, accepted: at most 2147483647 "
           "rows");
    longer->type = &type;
    params = tiny, params.lengthen = 1000;
    refuse(
        longer, &params,
        "agent.lengthen 1000: agent.batch: found 3, which makes 3000000000 rows of sequences of 1000000000 steps, accepted: at "
        "most 2147483647 rows");
    WarmupParams warmup = warmup_of(1);
    warmup.batch = 65536;
    AgentContext context = context_of(longer, NULL, &warmup);
    agents_refuse(TYPE, &tiny, &context,
                  "warmup.batch: found 65536, which makes 65536000000 rows of sequences of 1000000 steps, accepted: at most "
                  "2147483647 rows");
    task_destroy(task);
    task_destroy(longer);
}

static void networks_and_warmup_are_checked(void **state) {
    (void)state;
    Task *task = probe((ProbeParams){0});
    WarmupParams warmup = warmup_of(14);
    AgentContext context = context_of(task, NULL, &warmup);
    agents_refuse(TYPE, &tiny, &context,
                  "warmup.steps: found 14, but the agent makes 13 gradient steps in all, accepted: at most so many");
    warmup = warmup_of(13);
    warmup.partial = true;
    agents_refuse(TYPE, &tiny, &context,
                  "warmup.partial: found true with network.double false, accepted: only with double layers");
    NetworkParams odd = shape;
    odd.hidden = 5, odd.doubled = true;
    context.network = &odd;
    agents_refuse(
        TYPE, &tiny, &context,
        "network.hidden: found 5 with double layers, accepted: an even number, for each of the two cells has half of it");
    odd.hidden = 6;
    TYPE->destroy(agents_create(TYPE, &tiny, &context));
    task_destroy(task);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resuming_equals_going_on),
        cmocka_unit_test(impossible_states_are_rejected),
        cmocka_unit_test(seeds_make_runs),
        cmocka_unit_test(a_broken_training_names_the_step),
        cmocka_unit_test(numbers_of_sequences_are_checked),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(networks_and_warmup_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
