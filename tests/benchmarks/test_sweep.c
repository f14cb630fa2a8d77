// Expansion: order, labels, names, and what cannot be expanded.
#include "benchmarks/claimspec.h"
#include "tests/benchmarks/experiment_files.inc.h"

static Sweep *expand(const Experiment *experiment) {
    Error error = {""};
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) fail_msg("%s", error.message);
    return sweep;
}

static void test_order(void **state) {
    (void)state;
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 12);
    const char *const labels[] = {"gru, stochasticity 0", "gru, stochasticity 0.2", "lstm, stochasticity 0",
                                  "lstm, stochasticity 0.2"};
    for (size_t i = 0; i < sweep->count; i++) {
        const SweepRun *run = &sweep->runs[i];
        assert_string_equal(run->label, labels[i / 3]);
        assert_int_equal(run->seed, 1 + (int)(i % 3));
        assert_string_equal(run->values[0], i < 6 ? "gru" : "lstm");
        assert_string_equal(run->values[1], i / 3 % 2 ? "0.2" : "0");
        char text[PARAM_TEXT_SIZE], *name = config_run_name(run->config, run->seed);
        assert_true(config_get(run->config, "cell", text));
        assert_string_equal(text, run->values[0]);
        assert_true(config_get(run->config, "length", text));
        assert_string_equal(text, "5");
        assert_string_equal(name, run->name);
        free(name);
        for (size_t j = 0; j < i; j++) assert_string_not_equal(run->name, sweep->runs[j].name);
    }
    sweep_destroy(sweep);
    sweep_destroy(NULL);
    experiment_destroy(experiment);
}

static void test_nothing_varies(void **state) {
    (void)state;
    write_changed("vary:\n  cell: [gru, lstm]\n  stochasticity: [0, 0.2]\n", "");
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 3);
    assert_string_equal(sweep->runs[0].label, "");
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// A run's name does not depend on what else is in the sweep, nor on whether a value was varied or set.
static void test_same_name(void **state) {
    (void)state;
    Setting settings[] = {{(char[]){"cell"}, (char[]){"lstm"}, (char[]){"--set"}},
                          {(char[]){"stochasticity"}, (char[]){"0.20"}, NULL}};
    Experiment *all = load(SCALE_CI), *one = experiment_load(SMALL, SCALE_CI, settings, 2, NULL);
    assert_non_null(one);
    Sweep *wide = expand(all), *narrow = expand(one);
    assert_int_equal(narrow->count, 3);
    assert_string_equal(narrow->runs[1].name, wide->runs[10].name);
    assert_string_equal(narrow->runs[1].label, "lstm, stochasticity 0.2");
    sweep_destroy(wide);
    sweep_destroy(narrow);
    experiment_destroy(all);
    experiment_destroy(one);
}

static void test_claim_covers(void **state) {
    (void)state;
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    for (size_t i = 0; i < sweep->count; i++) {
        assert_true(claim_covers(&experiment->claims[0], &sweep->runs[i]));
        assert_true(claim_covers(&experiment->claims[1], &sweep->runs[i]) == (i < 6));
    }
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void assert_refused(Experiment *experiment, const char *part) {
    Error error = {""};
    assert_null(sweep_expand(experiment, &error));
    if (!strstr(error.message, part)) fail_msg("'%s' is not in '%s'", part, error.message);
    experiment_destroy(experiment);
}

static void test_same_run_twice(void **state) {
    (void)state;
    write_changed("stochasticity: [0, 0.2]", "mine.epochs: [5, 6]");    // differ in their analysis only
    assert_refused(
        load(SCALE_CI),
        "small.yaml: found the same run twice: seed 1 of 'gru, mine.epochs 5' and of 'gru, mine.epochs 6' train alike");
}

static void test_environment_refuses(void **state) {
    (void)state;
    write_changed("stochasticity: [0, 0.2]", "stochasticity: [0, 1]");    // in range, but never moves
    assert_refused(load(SCALE_CI), "small.yaml: gru, stochasticity 1: environment tmaze: ");
}

// Before anything runs, not when memory is taken.
static void test_sizes_are_refused(void **state) {
    (void)state;
    write_changed("stochasticity: [0, 0.2]", "environment.horizon: [0, 1000000]");
    Setting settings[] = {{(char[]){"vaa.samples"}, (char[]){"3000"}, NULL}, {(char[]){"vaa.period"}, (char[]){"10"}, NULL}};
    Experiment *experiment = experiment_load(SMALL, SCALE_CI, settings, 2, NULL);
    assert_non_null(experiment);
    assert_refused(experiment,
                   "small.yaml: gru, environment.horizon 1000000: vaa.samples: found 3000, which makes 3000003000 rows");
}

// ---- tasks ------------------------------------------------------------------------------------------------------------

// clang-format off
static const char task_text[] =
    "title: Copy\n"
    "source: nobody\n"
    "question: does it load\n"
    "base:\n"
    "  agent: {steps: 30, train_samples: 20, validation_samples: 4}\n"    // before the task that brings the agent
    "  task: {sparse: true, name: copy-first}\n"
    "vary:\n"
    "  length: [2, 5]\n"
    "seeds: 1..2\n"
    "scales:\n"
    "  smoke: {note: tiny}\n"
    "  ci: {note: small}\n"
    "  paper: {note: full}\n"
    "figure: {script: belief}\n";
// clang-format on

static void write_task(const char *find, const char *replacement) {
    const char *place = strstr(task_text, find);
    assert_non_null(place);
    char *text = memory_format("%.*s%s%s", (int)(place - task_text), task_text, replacement, place + strlen(find));
    write_bytes(SMALL, text, strlen(text));
    free(text);
}

static void test_task(void **state) {
    (void)state;
    write_task("", "");
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 4);
    for (size_t i = 0; i < sweep->count; i++) {
        char text[PARAM_TEXT_SIZE];
        assert_string_equal(sweep->runs[i].label, i < 2 ? "length 2" : "length 5");
        assert_true(config_get(sweep->runs[i].config, "task.length", text));
        assert_string_equal(text, i < 2 ? "2" : "5");
        assert_true(config_get(sweep->runs[i].config, "agent.steps", text));
        assert_string_equal(text, "30");
        assert_int_equal(strncmp(sweep->runs[i].name, "copy-first-supervised-gru-s", 27), 0);
    }
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_tasks_vary(void **state) {
    (void)state;
    write_task("{sparse: true, name: copy-first}\nvary:\n  length: [2, 5]",
               "{name: copy-first}\nvary:\n  task: [parity, adding]");
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 4);
    assert_string_equal(sweep->runs[0].label, "parity");
    assert_string_equal(config_task(sweep->runs[3].config)->name, "adding");
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_task_refuses(void **state) {
    (void)state;
    write_task("[2, 5]", "[1, 5]");    // in range, but not for the sparse variant
    assert_refused(load(SCALE_CI),
                   "small.yaml: length 1: task copy-first: length 1 leaves no step before the last one for the number of the "
                   "sparse variant, accepted: 2 or more");
    write_task("[2, 5]", "[0, 5]");
    Error error = {""};
    assert_null(experiment_load(SMALL, SCALE_CI, NULL, 0, &error));
    support_assert_has(error.message, "task copy-first: length: found '0', accepted: integer, 1 to 1000000");
    write_task("sparse", "sparce");
    assert_null(experiment_load(SMALL, SCALE_CI, NULL, 0, &error));
    support_assert_has(error.message,
                       "task copy-first: found unknown parameter 'sparce', accepted: length, sparse; nearest: sparse");
}

static void test_sizes(void **state) {
    (void)state;
    Experiment *huge = load(SCALE_CI), *backwards = load(SCALE_CI), *full = load(SCALE_CI);
    huge->first_seed = 0;
    huge->last_seed = INT64_MAX;    // as the command line could ask for
    assert_refused(huge, "accepted: at most 100000");
    backwards->first_seed = 5;
    backwards->last_seed = 4;
    assert_refused(backwards, "seeds: found 5..4, which runs backwards");
    size_t runs = 0;
    full->last_seed = 25000;
    assert_true(experiment_run_count(full, &runs, NULL));
    assert_int_equal(runs, RUNS_MAX);
    full->last_seed = 25001;
    assert_false(experiment_run_count(full, &runs, NULL));
    experiment_destroy(full);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_order, write_good),
        cmocka_unit_test_setup(test_nothing_varies, write_good),
        cmocka_unit_test_setup(test_same_name, write_good),
        cmocka_unit_test_setup(test_claim_covers, write_good),
        cmocka_unit_test_setup(test_same_run_twice, write_good),
        cmocka_unit_test_setup(test_environment_refuses, write_good),
        cmocka_unit_test_setup(test_sizes_are_refused, write_good),
        cmocka_unit_test_setup(test_sizes, write_good),
        cmocka_unit_test(test_task),
        cmocka_unit_test(test_tasks_vary),
        cmocka_unit_test(test_task_refuses),
    };
    return cmocka_run_group_tests(tests, create_home, remove_home);
}
