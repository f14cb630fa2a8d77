// What is trained, put together: the measurement of multistability at its time, tasks without histories, what does not go together; and
// runs of a task, stopped and killed, which end like undisturbed ones.
#include <signal.h>
#include <sys/wait.h>

#include "benchmarks/trainer.h"
#include "tests/algorithms/agents.h"
#include "tests/benchmarks/small_run.h"

static const SmallSetting task_settings[] = {
    {"task", "copy-first"},
    {"task.length", "6"},
    {"agent.steps", "24"},
    {"agent.batch", "4"},
    {"agent.train_samples", "21"},
    {"agent.validation_samples", "5"},
    {"agent.test_samples", "6"},
    {"agent.lengthen", "2"},
    {"agent.evaluation_period", "5"},
    {"agent.halve_after", "3"},
    {"network.hidden", "6"},
    {"network.layers", "1"},
    {"warmup.steps", "5"},
    {"warmup.batch", "4"},
    {"vaa.period", "7"},
    {"vaa.samples", "6"},
    {"vaa.horizon", "20"},
    {"vaa.estimates", "2"},
    {"agent.learning_rate", "0.05"},
};

static void set_all(Config *config, size_t count, const SmallSetting *settings) {
    Error error = {0};
    for (size_t i = 0; i < count; i++) {
        if (!config_set(config, settings[i].name, settings[i].value, &error)) fail_msg("%s", error.message);
    }
}

static SweepRun task_run(int64_t seed, size_t count, const SmallSetting *more) {
    SweepRun run = {.config = config_create(), .seed = seed, .label = memory_format("small")};
    set_all(run.config, sizeof task_settings / sizeof *task_settings, task_settings);
    set_all(run.config, count, more);
    run.name = config_run_name(run.config, seed);
    return run;
}

// Trains to the end.
static void train(Trainer *trainer, AgentsLog *log) {
    Recorder recorder = agents_recorder(log);
    Error error = {0};
    while (trainer_done(trainer) < trainer_budget(trainer)) {
        if (!trainer_advance(trainer, &recorder, &error)) fail_msg("%s", error.message);
    }
    if (!trainer_finish(trainer, &recorder, &error)) fail_msg("%s", error.message);
}

static void open_trainer(Trainer *trainer, const SweepRun *run) {
    Error error = {0};
    if (!trainer_open(trainer, run->config, run->seed, &error)) fail_msg("%s", error.message);
}

static void expect_steps(const AgentsLog *log, const char *series, size_t count, const int64_t *steps) {
    assert_int_equal(agents_count(log, series), count);
    for (size_t i = 0; i < count; i++) {
        int64_t step = -1;
        agents_value(log, series, (int)i, &step);
        assert_int_equal(step, steps[i]);
    }
}

// ---- multistability ------------------------------------------------------------------------------------------------------------------

static void vaa_is_measured_at_its_period_and_at_the_end(void **state) {
    (void)state;
    for (int end = 21; end <= 24; end += 3) {    // a multiple of the period, and not
        char steps[16];
        snprintf(steps, sizeof steps, "%d", end);
        SweepRun run = task_run(3, 1, (SmallSetting[]){{"agent.steps", steps}});
        Trainer trainer;
        open_trainer(&trainer, &run);
        AgentsLog log = {0};
        train(&trainer, &log);
        const int64_t expected[] = {0, 7, 14, 21, 24};
        expect_steps(&log, "vaa/mean", end == 21 ? 4 : 5, expected);
        expect_steps(&log, "vaa/settled", end == 21 ? 4 : 5, expected);
        for (int i = 0; i < agents_count(&log, "vaa/mean"); i++) {
            double value = agents_value(&log, "vaa/mean", i, NULL), settled = agents_value(&log, "vaa/settled", i, NULL);
            assert_true(value >= 1.0 / 6 && value <= 1 && settled >= 0 && settled <= 1);
        }
        trainer_close(&trainer);
        small_run_free(&run);
    }
}

// The value is the estimate of the network as it is: here at the start, of sequences that are learned from.
static void vaa_is_that_of_the_policy(void **state) {
    (void)state;
    SweepRun run = task_run(4, 0, NULL);
    Trainer trainer;
    open_trainer(&trainer, &run);
    AgentsLog log = {0};
    Recorder recorder = agents_recorder(&log);
    Error error = {0};
    const Network *network = trainer.type->policy(trainer.agent);
    SequenceSource source = trainer.type->sequences(trainer.agent);
    assert_int_equal(source.count, 16);
    Vaa *vaa = vaa_create(config_section(run.config, "vaa"), config_network(run.config), 1, 1, 6);
    VaaEstimate expected = vaa_estimate(vaa, network, &source, 4, 0);
    assert_true(trainer_advance(&trainer, &recorder, &error));
    assert_true(agents_last(&log, "vaa/mean") == expected.value);
    assert_true(agents_last(&log, "vaa/settled") == expected.settled);
    vaa_destroy(vaa);
    trainer_close(&trainer);
    small_run_free(&run);
}

// It takes no part in the training; without a period there is none.
static void vaa_changes_nothing_else(void **state) {
    (void)state;
    AgentsLog with = {0}, without = {0};
    for (int measured = 0; measured < 2; measured++) {
        SweepRun run = task_run(5, 1, (SmallSetting[]){{"vaa.period", measured ? "1" : "0"}});
        Trainer trainer;
        open_trainer(&trainer, &run);
        train(&trainer, measured ? &with : &without);
        trainer_close(&trainer);
        small_run_free(&run);
    }
    assert_int_equal(agents_count(&with, "vaa/mean"), 25);
    assert_int_equal(agents_count(&without, "vaa/mean"), 0);
    assert_true(agents_last(&with, "test/loss") == agents_last(&without, "test/loss"));
    assert_int_equal(with.count, without.count + 2 * 25);
}

// An empty replay memory has no histories to look at; one that was filled has.
static void vaa_of_an_agent_that_acts(void **state) {
    (void)state;
    for (int prefill = 0; prefill < 2; prefill++) {
        SweepRun run = small_run(3, 6,
                                 (SmallSetting[]){{"agent.prefill", prefill ? "true" : "false"},
                                                  {"agent.capacity", "50"},
                                                  {"vaa.period", "10"},
                                                  {"vaa.samples", "5"},
                                                  {"vaa.horizon", "20"},
                                                  {"vaa.estimates", "1"}});
        Trainer trainer;
        open_trainer(&trainer, &run);
        AgentsLog log = {0};
        train(&trainer, &log);
        expect_steps(&log, "vaa/mean", prefill ? 4 : 3, (int64_t[]){0, 10, 20, 24} + !prefill);
        trainer_close(&trainer);
        small_run_free(&run);
    }
}

// ---- tasks and environments --------------------------------------------------------------------------------------------------------------

typedef struct Arrays {
    int count;
    size_t bytes;
} Arrays;

static void count_array(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                        const void *data) {
    (void)data;
    Arrays *arrays = context;
    assert_int_equal(strncmp(name, "weights/", 8), 0);
    assert_int_equal(step, 0);
    size_t bytes = dtype_size(type);
    for (int i = 0; i < rank; i++) bytes *= shape[i];
    arrays->count++;
    arrays->bytes += bytes;
}

static void a_task_has_no_histories(void **state) {
    (void)state;
    SweepRun run = task_run(3, 0, NULL);
    Trainer trainer;
    open_trainer(&trainer, &run);
    assert_true(trainer.task && !trainer.env && !trainer.sampler);
    assert_int_equal(trainer_sample_count(&trainer), 0);
    assert_false(trainer_sample_due(&trainer));
    Arrays arrays = {0};
    trainer_record_weights(&trainer, &(Recorder){&arrays, agents_hear_nothing, count_array});
    assert_int_equal(arrays.count, weights_count(trainer.type->policy(trainer.agent)->weights));
    assert_true(trainer_sample_bytes(&trainer, true) >= (double)arrays.bytes);
    AgentsLog log = {0};
    train(&trainer, &log);
    assert_false(trainer_sample_due(&trainer));
    trainer_close(&trainer);
    small_run_free(&run);
}

static void expect_refused(const SweepRun *run, const char *message) {
    Error error = {0};
    Trainer trainer;
    assert_false(trainer_open(&trainer, run->config, run->seed, &error));
    assert_string_equal(error.message, message);
}

static void what_does_not_go_together_is_refused(void **state) {
    (void)state;
    SweepRun run = task_run(3, 1, (SmallSetting[]){{"agent", "drqn"}});
    expect_refused(&run, "agent.name: found drqn, which acts in environments, with task copy-first, accepted: supervised");
    small_run_free(&run);
    run = small_run(3, 1, (SmallSetting[]){{"agent", "supervised"}});
    expect_refused(&run, "agent.name: found supervised, which learns tasks, with environment tmaze, accepted: drqn, uniform");
    small_run_free(&run);
    run = task_run(3, 2, (SmallSetting[]){{"task.length", "1"}, {"task.sparse", "true"}});
    expect_refused(
        &run, "task copy-first: length 1 leaves no step before the last one for the number of the sparse variant, accepted: "
              "2 or more");
    small_run_free(&run);
    run = task_run(3, 1, (SmallSetting[]){{"agent.validation_samples", "21"}});
    expect_refused(&run, "agent.validation_samples: found 21 of 21 training sequences, accepted: fewer than those");
    small_run_free(&run);
    run = task_run(3, 1, (SmallSetting[]){{"warmup.steps", "25"}});
    expect_refused(&run, "warmup.steps: found 25, but the agent makes 24 gradient steps in all, accepted: at most so many");
    small_run_free(&run);
}

static Error checked(const SweepRun *run, const Env *env, const Task *task, bool good) {
    Error error = {""};
    assert_true(trainer_check(run->config, env, task, &error) == good);
    return error;
}

// Sizes are told before anybody takes memory for them: of a made-up problem, so that the largest good one can be looked at as well.
static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    SweepRun run = task_run(3, 1, (SmallSetting[]){{"vaa.samples", "65536"}});
    Task task = {.spec = {.steps = 32767}};    // 2^31 - 2^16 rows
    checked(&run, NULL, &task, true);
    task.spec.steps = 32768;
    assert_string_equal(checked(&run, NULL, &task, false).message,
                        "vaa.samples: found 65536, which makes 2147483648 rows of sequences of up to 32768 steps, accepted: at "
                        "most 65535 sequences (2147483647 rows)");
    small_run_free(&run);
    run = task_run(3, 2, (SmallSetting[]){{"vaa.samples", "65536"}, {"vaa.period", "0"}});    // not measured
    checked(&run, NULL, &task, true);
    small_run_free(&run);

    run = small_run(3, 3, (SmallSetting[]){{"vaa.samples", "2"}, {"vaa.period", "10"}, {"histories.pairs", "1000000"}});
    Env env = {.type = config_env(run.config), .spec = {.horizon = 1000000000, .belief_parts = 2}};
    env.spec.belief[0] = (BeliefPart){.particles = 1};
    env.spec.belief[1] = (BeliefPart){.kind = BELIEF_PARTICLES, .particles = 2147};
    checked(&run, &env, NULL, true);
    env.spec.horizon = 1073741823;    // two histories of one input more than actions make 2^31 rows
    support_assert_has(checked(&run, &env, NULL, false).message, "vaa.samples: found 2, which makes 2147483648 rows");
    env.spec.horizon = 100;
    env.spec.belief[1].particles = 2148;
    assert_string_equal(
        checked(&run, &env, NULL, false).message,
        "histories.pairs: found 1000000, which makes 2148000000 particles of beliefs of 2148, accepted: at most "
        "2147483647 of them (fewer pairs, or fewer histories.particles)");
    small_run_free(&run);
}

// ---- an agent without a network --------------------------------------------------------------------------------------------------------

static SweepRun uniform_run(size_t count, const SmallSetting *more) {
    static const SmallSetting settings[] = {
        {"agent", "uniform"}, {"agent.episodes", "24"}, {"histories.policy", "false"}, {"histories.bank", "false"}};
    SweepRun run = {.config = config_create(), .seed = 3, .label = memory_format("small")};
    set_all(run.config, sizeof settings / sizeof *settings, settings);
    set_all(run.config, count, more);
    run.name = config_run_name(run.config, run.seed);
    return run;
}

static void without_a_network_nothing_that_looks_at_one(void **state) {
    (void)state;
    SweepRun run = uniform_run(0, NULL);
    Trainer trainer;
    open_trainer(&trainer, &run);
    assert_false(trainer_sample_due(&trainer));
    assert_int_equal(trainer_sample_count(&trainer), 0);
    assert_true(trainer_sample_bytes(&trainer, true) == 0);
    AgentsLog log = {0};    // refuses arrays
    Recorder recorder = agents_recorder(&log);
    trainer_record_weights(&trainer, &recorder);
    train(&trainer, &log);
    assert_false(trainer_sample_due(&trainer));
    assert_int_equal(log.count, 3);
    trainer_close(&trainer);
    small_run_free(&run);

    run = uniform_run(1, (SmallSetting[]){{"histories.bank", "true"}});
    expect_refused(&run, "histories: agent uniform has no network whose hidden states could be sampled; accepted are policy, "
                         "exploring and bank all false");
    small_run_free(&run);
    run = uniform_run(1, (SmallSetting[]){{"vaa.period", "5"}});
    expect_refused(&run, "vaa.period: found 5, but agent uniform has no network, accepted: 0");
    small_run_free(&run);
    run = uniform_run(1, (SmallSetting[]){{"warmup.steps", "4"}});
    expect_refused(&run, "warmup.steps: found 4, but agent uniform has no network, accepted: 0");
    small_run_free(&run);
}

// ---- runs of a task ------------------------------------------------------------------------------------------------------------------

static void a_finished_run_holds_everything(void **state) {
    (void)state;
    char *results = support_folder_in_memory();
    SweepRun run = task_run(3, 0, NULL);
    Error error = {0};
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_FINISHED);
    char *path = run_path(results, &run);
    StoreReader *reader = store_open(path, &error);
    assert_non_null(reader);
    static const struct {
        const char *name;
        size_t count;
    } series[] = {
        {"training/loss", 4}, {"validation/loss", 6},      {"test/loss", 1}, {"lengthened/loss", 2}, {"warmup/loss", 5},
        {"vaa/mean", 5},      {"validation/best-step", 1},
    };
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
        size_t count;
        int64_t *step;
        double *value;
        if (!store_series(reader, series[i].name, &count, &step, &value, &error)) fail_msg("%s", error.message);
        if (count != series[i].count) fail_msg("%s: %zu values", series[i].name, count);
        free(step);
        free(value);
    }
    assert_true(store_array_exists(reader, 24, "weights/head/weight"));
    assert_false(store_array_exists(reader, 0, "weights/head/weight"));
    support_assert_has(store_config(reader), "task.name = copy-first\n");
    assert_null(strstr(store_config(reader), "environment."));
    store_close(reader);
    free(path);
    small_run_free(&run);
    support_folder_remove(results);
}

typedef struct Interruption {
    volatile int stop;
    int64_t begin, units;
    bool kill;
    int calls;
} Interruption;

static void interrupt(void *context, int64_t done, int64_t budget) {
    (void)budget;
    Interruption *interruption = context;
    if (interruption->calls++ == 0) interruption->begin = done;
    if (done - interruption->begin < interruption->units) return;
    if (interruption->kill) kill(getpid(), SIGKILL);
    interruption->stop = 1;
}

static RunOutcome go_on(const char *results, const SweepRun *run, int64_t units) {
    Interruption interruption = {.units = units};
    Error error = {0};
    return run_execute(results, run, &(RunHooks){&interruption.stop, interrupt, &interruption}, &error);
}

static void go_on_and_be_killed(const char *results, const SweepRun *run, int64_t units) {
    pid_t process = fork();
    if (process == 0) {
        Interruption interruption = {.units = units, .kill = true};
        Error error = {0};
        run_execute(results, run, &(RunHooks){&interruption.stop, interrupt, &interruption}, &error);
        _exit(1);
    }
    assert_true(process > 0);
    int status;
    waitpid(process, &status, 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

// Stopped after every few units, inside warmup, just after it, inside passes, and killed in between, losing what was not sealed.
static void interrupted_runs_end_like_undisturbed_ones(void **state) {
    (void)state;
    static const SmallSetting more[] = {{"agent.train_samples", "0"}, {"task", "parity"}, {"task.length", "9"}};
    static const int64_t units[] = {1, 3, 4, 8};
    for (size_t changed = 0; changed <= 3; changed += changed ? 2 : 1) {    // passes; fresh sequences; of classes
        SweepRun run = task_run(6, changed, more);
        char expected[DIGEST_SIZE], digest[DIGEST_SIZE];
        small_reference(&run, expected);
        for (int i = 0; i < 4; i++) {
            char *results = support_folder_in_memory();
            int parts = 0;
            RunOutcome outcome = RUN_STOPPED;
            for (; outcome == RUN_STOPPED; parts++) {
                if (parts > 0 && (parts + 1) * units[i] - 1 < 24) go_on_and_be_killed(results, &run, units[i] - 1);
                outcome = go_on(results, &run, units[i]);
                assert_true(parts < 30);
            }
            assert_int_equal(outcome, RUN_FINISHED);
            assert_int_equal(parts, (23 + units[i]) / units[i]);
            small_digest(results, &run, digest);
            assert_string_equal(digest, expected);
            support_folder_remove(results);
        }
        small_run_free(&run);
    }
}

static void an_interrupted_run_of_uniform_actions_ends_like_an_undisturbed_one(void **state) {
    (void)state;
    SweepRun run = uniform_run(0, NULL);
    char expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    small_reference(&run, expected);
    char *results = support_folder_in_memory();
    RunOutcome outcome = RUN_STOPPED;
    for (int parts = 0; outcome == RUN_STOPPED; parts++) {
        if (parts == 1) go_on_and_be_killed(results, &run, 4);
        outcome = go_on(results, &run, 5);
        assert_true(parts < 6);
    }
    assert_int_equal(outcome, RUN_FINISHED);
    small_digest(results, &run, digest);
    assert_string_equal(digest, expected);
    small_run_free(&run);
    support_folder_remove(results);
}

static void a_broken_run_is_marked(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), detail[512];
    SweepRun run = task_run(1, 1, (SmallSetting[]){{"agent.learning_rate", "1e30"}});
    Error error = {0};
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_BROKEN);
    support_assert_has(error.message, " at gradient step ");
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_FAILED);
    assert_string_equal(detail, error.message);
    small_run_free(&run);
    support_folder_remove(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vaa_is_measured_at_its_period_and_at_the_end),
        cmocka_unit_test(vaa_is_that_of_the_policy),
        cmocka_unit_test(vaa_changes_nothing_else),
        cmocka_unit_test(vaa_of_an_agent_that_acts),
        cmocka_unit_test(a_task_has_no_histories),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(without_a_network_nothing_that_looks_at_one),
        cmocka_unit_test(an_interrupted_run_of_uniform_actions_ends_like_an_undisturbed_one),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_finished_run_holds_everything),
        cmocka_unit_test(interrupted_runs_end_like_undisturbed_ones),
        cmocka_unit_test(a_broken_run_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
