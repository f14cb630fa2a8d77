// Configurations: names, values, types that reset their section, the texts behind run keys.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "benchmarks/config.h"

static void assert_value(const Config *config, const char *name, const char *expected) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(config, name, text));
    assert_string_equal(text, expected);
}

static void assert_refused(Config *config, const char *name, const char *value, const char *message) {
    char *before = config_run_text(config, 0);
    Error error = {""};
    assert_false(config_set(config, name, value, &error));
    assert_string_equal(error.message, message);
    char *after = config_run_text(config, 0);
    assert_string_equal(before, after);    // what is refused changes nothing
    free(before);
    free(after);
}

static void test_defaults(void **state) {
    (void)state;
    Config *config = config_create();
    assert_value(config, "environment.name", "tmaze");
    assert_value(config, "environment", "tmaze");
    assert_value(config, "agent.name", "drqn");
    assert_value(config, "length", "20");
    assert_value(config, "run.arithmetic", "portable");
    assert_value(config, "precision", "single");
    assert_string_equal(config_env(config)->name, "tmaze");
    assert_string_equal(config_agent(config)->name, "drqn");
    assert_int_equal(config_network(config)->hidden, 32);
    assert_ptr_equal(config_section(config, "network"), config_network(config));
    const RunParams *run = config_section(config, "run");
    assert_int_equal(run->arithmetic, 0);
    config_destroy(config);
    config_destroy(NULL);
}

static void test_set_and_copy(void **state) {
    (void)state;
    Config *config = config_create();
    assert_true(config_set(config, "length", "7", NULL));
    assert_true(config_set(config, "network.cell", "nbrc", NULL));
    assert_true(config_set(config, "mine.hidden", "64", NULL));
    assert_true(config_set(config, "environment.name", "tmaze", NULL));    // the same type: nothing is reset
    Config *copy = config_copy(config);
    assert_true(config_set(config, "length", "8", NULL));
    assert_value(copy, "length", "7");
    assert_value(copy, "cell", "nbrc");
    assert_value(copy, "mine.hidden", "64");
    assert_value(copy, "network.hidden", "32");
    assert_value(config, "length", "8");
    config_destroy(config);
    config_destroy(copy);
}

static void test_names(void **state) {
    (void)state;
    Config *config = config_create();
    char *full = config_resolve(config, "length", NULL), *same = config_resolve(config, "environment.length", NULL);
    char *bare = config_short_name(config, "environment.length", NULL),
         *kept = config_short_name(config, "network.hidden", NULL);
    char *type = config_short_name(config, "environment.name", NULL);
    assert_string_equal(full, "environment.length");
    assert_string_equal(same, "environment.length");
    assert_string_equal(bare, "length");
    assert_string_equal(kept, "network.hidden");    // mine has a `hidden` too
    assert_string_equal(type, "environment");
    assert_null(config_resolve(config, "hidden", NULL));
    assert_null(config_resolve(config, "", NULL));
    assert_null(config_resolve(config, "environment.", NULL));
    assert_null(config_resolve(config, ".length", NULL));
    char text[PARAM_TEXT_SIZE];
    assert_false(config_get(config, "hidden", text));
    assert_string_equal(config_spec(config, "length")->name, "length");
    assert_null(config_spec(config, "environment.name"));
    char *const owned[] = {full, same, bare, kept, type};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
    config_destroy(config);
}

static void test_refusals(void **state) {
    (void)state;
    Config *config = config_create();
    assert_refused(
        config, "lenght", "5",
        "found unknown parameter 'lenght', accepted: a parameter that `engram list` shows; nearest: environment.length");
    assert_refused(
        config, "environment.lenght", "5",
        "environment tmaze: found unknown parameter 'lenght', accepted: length, stochasticity, horizon; nearest: length");
    assert_refused(
        config, "hidden", "5",
        "found 'hidden', which stands for several parameters, accepted: one of them in full, as network.hidden or mine.hidden");
    assert_refused(
        config, "name", "x",
        "found 'name', which stands for several parameters, accepted: one of them in full, as environment.name or task.name");
    assert_refused(config, "length", "ten", "environment tmaze: length: found 'ten', accepted: integer, 1 to 10000");
    assert_refused(config, "length", "0", "environment tmaze: length: found '0', accepted: integer, 1 to 10000");
    assert_refused(config, "agent.name", "dqrn",
                   "found unknown agent 'dqrn', accepted: drqn, supervised, uniform; nearest: drqn");
    assert_refused(config, "precision", "doubel",
                   "run: precision: found 'doubel', accepted: one of: single, double; nearest: double");
    Error error;
    assert_false(config_set(config, "environment", "tmase", &error));
    assert_non_null(strstr(error.message, "found unknown environment 'tmase', accepted: tmaze, hike"));
    assert_non_null(strstr(error.message, "; nearest: tmaze"));
    assert_false(config_set(config, "cell", "nbcr", &error));
    assert_non_null(strstr(error.message, "gru, lstm, mgu, brc, nbrc"));
    config_destroy(config);
}

static void test_texts(void **state) {
    (void)state;
    Config *config = config_create();
    char *run = config_run_text(config, 3), *analysis = config_analysis_text(config);
    assert_non_null(strstr(run, "environment.length = 20\n"));
    assert_non_null(strstr(run, "environment.name = tmaze\n"));
    assert_non_null(strstr(run, "\nseed = 3\n"));
    assert_non_null(strstr(run, "\nbehaviour = 2\n"));
    assert_null(strstr(run, "mine."));
    assert_null(strstr(analysis, "environment."));
    assert_non_null(strstr(analysis, "mine.hidden = 256\n"));
    char previous[256] = "";    // sorted, each line once
    for (char *rest = run, *line; (line = strsep(&rest, "\n")) && *line;) {
        assert_true(strcmp(previous, line) < 0);
        snprintf(previous, sizeof previous, "%s", line);
    }
    free(run);
    free(analysis);
    config_destroy(config);
}

// ---- tasks ----------------------------------------------------------------------------------------------------------

static Config *task_config(const char *task) {
    Config *config = config_create();
    assert_true(config_set(config, "task", task, NULL));
    return config;
}

static void assert_names(const Config *config, const char *name, const char *full, const char *brief) {
    char *resolved = config_resolve(config, name, NULL), *shortest = config_short_name(config, name, NULL);
    assert_string_equal(resolved, full);
    assert_string_equal(shortest, brief);
    free(resolved);
    free(shortest);
}

static void test_task_switches_the_agent(void **state) {
    (void)state;
    Config *config = config_create();
    assert_value(config, "task", "none");
    assert_null(config_task(config));
    assert_string_equal(config_problem_name(config), "tmaze");
    assert_true(config_set(config, "agent.episodes", "7", NULL));
    assert_true(config_set(config, "task", "none", NULL));    // the same: nothing is reset
    assert_value(config, "agent.episodes", "7");
    assert_true(config_set(config, "task", "copy-first", NULL));
    assert_value(config, "task.name", "copy-first");
    assert_value(config, "agent", "supervised");
    assert_value(config, "agent.steps", "75000");
    assert_string_equal(config_task(config)->name, "copy-first");
    assert_string_equal(config_problem_name(config), "copy-first");
    assert_true(config_set(config, "agent.steps", "9", NULL));
    assert_true(config_set(config, "task.length", "12", NULL));
    Config *copy = config_copy(config);
    assert_true(config_set(config, "task.name", "parity", NULL));    // another task that the agent can learn: it stays
    assert_value(config, "agent.steps", "9");
    assert_value(config, "task.length", "100");
    assert_value(copy, "task.length", "12");
    assert_true(config_set(config, "task", "none", NULL));
    assert_value(config, "agent", "drqn");
    assert_value(config, "agent.episodes", "1000");
    assert_null(config_task(config));
    assert_true(config_set(config, "agent", "supervised", NULL));    // what fits already is kept
    assert_true(config_set(config, "agent.batch", "3", NULL));
    assert_true(config_set(config, "task", "adding", NULL));
    assert_value(config, "agent.batch", "3");
    config_destroy(config);
    config_destroy(copy);
}

static void test_names_of_the_other_kind(void **state) {
    (void)state;
    Config *config = config_create(), *task = task_config("copy-first");
    assert_names(config, "length", "environment.length", "length");
    assert_names(task, "length", "task.length", "length");
    assert_names(task, "environment.length", "environment.length", "environment.length");    // `length` is the task's
    assert_names(task, "environment.stochasticity", "environment.stochasticity", "environment.stochasticity");
    assert_names(task, "environment", "environment.name", "environment");
    assert_names(task, "sparse", "task.sparse", "sparse");
    assert_names(task, "hidden", "network.hidden", "hidden");    // mine's is not for tasks
    assert_names(task, "period", "vaa.period", "period");
    assert_names(task, "horizon", "vaa.horizon", "horizon");
    assert_refused(config, "period", "5",
                   "found 'period', which stands for several parameters, accepted: one of them in full, as histories.period or "
                   "vaa.period");
    assert_refused(config, "sparse", "true",
                   "found unknown parameter 'sparse', accepted: a parameter that `engram list` shows");
    assert_refused(config, "task.length", "5",
                   "task none: found unknown parameter 'length', accepted: none (it has no parameters)");
    assert_refused(task, "stochasticity", "0.1",
                   "found unknown parameter 'stochasticity', accepted: a parameter that `engram list` shows");
    assert_refused(task, "lenght", "5",
                   "found unknown parameter 'lenght', accepted: a parameter that `engram list` shows; nearest: task.length");
    assert_refused(task, "steps", "5",
                   "found 'steps', which stands for several parameters, accepted: one of them in full, as agent.steps or "
                   "warmup.steps");
    Error error = {""};
    assert_false(config_set(task, "task", "copy-frist", &error));
    assert_non_null(strstr(error.message, "found unknown task 'copy-frist', accepted: copy-first, denoising, "));
    assert_non_null(strstr(error.message, "; nearest: copy-first"));
    assert_value(task, "task", "copy-first");
    config_destroy(config);
    config_destroy(task);
}

static void assert_no_lines(const char *text, const char *const *sections, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%s.", sections[i]);
        assert_null(strstr(text, line));
        assert_int_not_equal(strncmp(text, line + 1, strlen(line + 1)), 0);
    }
}

static void test_text_of_a_task(void **state) {
    (void)state;
    Config *config = task_config("copy-first");
    assert_true(config_set(config, "environment.length", "3", NULL));    // of no effect
    char *run = config_run_text(config, 3), *analysis = config_analysis_text(config), *name = config_run_name(config, 3);
    static const char *const others[] = {"environment", "histories", "irrelevant", "view", "warmup", "vaa", "mine"};
    assert_no_lines(run, others, sizeof others / sizeof *others);
    assert_non_null(strstr(run, "\ntask.length = 100\ntask.name = copy-first\ntask.sparse = false\n"));
    assert_non_null(strstr(run, "agent.name = supervised\n"));
    assert_non_null(strstr(run, "agent.steps = 75000\n"));
    assert_string_equal(analysis, "");
    assert_int_equal(strncmp(name, "copy-first-supervised-gru-s3-", 29), 0);
    free(run);
    assert_true(config_set(config, "warmup.steps", "100", NULL));    // named where it differs
    assert_true(config_set(config, "vaa.period", "10", NULL));
    run = config_run_text(config, 3);
    assert_non_null(strstr(run, "\nvaa.period = 10\nwarmup.steps = 100\n"));
    free(run);
    free(analysis);
    free(name);
    config_destroy(config);
}

// Likewise: the range of warps came later.
static void test_text_of_a_range_of_warps(void **state) {
    (void)state;
    Config *config = task_config("warp");
    assert_true(config_set(config, "task.shortest", "1", NULL));
    assert_true(config_set(config, "task.longer_from", "0", NULL));
    char *run = config_run_text(config, 1);
    assert_non_null(strstr(run, "\ntask.length = 500\ntask.mode = warped\ntask.name = warp\ntask.symbols = 10\n"
                                "task.variable = false\ntask.warp = 10\n"));
    free(run);
    assert_true(config_set(config, "shortest", "2", NULL));
    assert_true(config_set(config, "longer_from", "20", NULL));
    run = config_run_text(config, 1);
    assert_non_null(strstr(run, "\ntask.length = 500\ntask.longer_from = 20\ntask.mode = warped\n"));
    assert_non_null(strstr(run, "\ntask.name = warp\ntask.shortest = 2\ntask.symbols = 10\n"));
    free(run);
    config_destroy(config);
}

// Byte for byte as before there were tasks, warmup, views: earlier runs keep their keys.
static void test_text_of_an_environment(void **state) {
    (void)state;
    static const char expected[] = "agent.batch = 32\n"
                                   "agent.capacity = 8192\n"
                                   "agent.clip_norm = 0\n"
                                   "agent.episodes = 1000\n"
                                   "agent.epsilon = 0.2\n"
                                   "agent.evaluation_episodes = 50\n"
                                   "agent.evaluation_period = 10\n"
                                   "agent.gradient_steps = 10\n"
                                   "agent.learning_rate = 0.001\n"
                                   "agent.name = drqn\n"
                                   "agent.target_period = 10\n"
                                   "behaviour = 2\n"
                                   "environment.length = 20\n"
                                   "environment.name = tmaze\n"
                                   "environment.stochasticity = 0\n"
                                   "histories.bank = true\n"
                                   "histories.bank_seed = 0\n"
                                   "histories.epsilon = 0\n"
                                   "histories.last = true\n"
                                   "histories.pairs = 10000\n"
                                   "histories.period = 100\n"
                                   "histories.policy = true\n"
                                   "histories.sampling = one\n"
                                   "network.cell = gru\n"
                                   "network.hidden = 32\n"
                                   "network.layers = 2\n"
                                   "run.arithmetic = portable\n"
                                   "run.precision = single\n"
                                   "seed = 1\n";
    Config *config = config_create();
    char *run = config_run_text(config, 1), key[DIGEST_SIZE];
    assert_string_equal(run, expected);
    config_run_key(config, 1, key);
    assert_string_equal(key, "cd49072edc4994a9e01932bba4ecc9b9a3de38a15d96c7683c2b83ffcc329474");
    free(run);
    assert_true(config_set(config, "environment.horizon", "59", NULL));
    assert_true(config_set(config, "view.adds", "reward", NULL));
    assert_true(config_set(config, "prefill", "true", NULL));
    run = config_run_text(config, 1);
    assert_non_null(strstr(run, "\nenvironment.horizon = 59\nenvironment.length = 20\n"));
    assert_non_null(strstr(run, "\nview.adds = reward\n"));
    assert_non_null(strstr(run, "\nagent.prefill = true\n"));
    free(run);
    config_destroy(config);
}

// An environment in its own numbers has a level and a version, under the bare names too.
static void test_a_native_environment(void **state) {
    (void)state;
    Config *config = config_create();
    assert_true(config_set(config, "environment", "repeat-first", NULL));
    assert_true(config_set(config, "level", "medium", NULL));
    assert_value(config, "environment.level", "medium");
    assert_value(config, "version", "1.0.7");
    char *run = config_run_text(config, 1);
    assert_non_null(strstr(run, "\nenvironment.level = medium\nenvironment.name = repeat-first\n"));
    free(run);
    Env *env = config_make_env(config, NULL);
    assert_int_equal(env->spec.horizon, 8 * 52 - 1);
    env_destroy(env);
    Error error = {""};
    assert_false(config_set(config, "length", "5", &error));    // was the T-Maze's
    assert_false(config_set(config, "torques", "5", &error));
    config_destroy(config);
}

static void test_key(void **state) {
    (void)state;
    Config *config = config_create();
    char *text = config_run_text(config, 1);
    char first[DIGEST_SIZE], again[DIGEST_SIZE], other[DIGEST_SIZE];
    digest_bytes(text, strlen(text), first);
    config_run_key(config, 1, again);
    assert_string_equal(first, again);
    config_run_key(config, 2, other);
    assert_string_not_equal(first, other);
    // The way a value is written does not matter, nor does the analysis; the value does.
    assert_true(config_set(config, "stochasticity", "0.0e0", NULL));
    assert_true(config_set(config, "mine.epochs", "7", NULL));
    config_run_key(config, 1, again);
    assert_string_equal(first, again);
    assert_true(config_set(config, "stochasticity", "0.3", NULL));
    config_run_key(config, 1, again);
    assert_string_not_equal(first, again);
    char *name = config_run_name(config, 1);
    assert_int_equal(strncmp(name, "tmaze-drqn-gru-s1-", 18), 0);
    assert_int_equal(strncmp(name + 18, again, 12), 0);
    assert_int_equal(strlen(name), 30);
    free(name);
    free(text);
    config_destroy(config);
}

// Every row of every table, of environments and of tasks: its own canonical text is accepted and changes nothing, and it says what it is.
static void check_tables(Config *config) {
    char key[DIGEST_SIZE], again[DIGEST_SIZE];
    config_run_key(config, 0, key);
    for (size_t section = 0; section < config_section_count(); section++) {
        const ParamTable *table = config_section_table(config, section);
        for (size_t i = 0; i < table->count; i++) {
            char name[128], text[PARAM_TEXT_SIZE];
            snprintf(name, sizeof name, "%s.%s", config_section_name(section), table->rows[i].name);
            assert_true(config_get(config, name, text));
            assert_true(config_set(config, name, text, NULL));
            assert_non_null(table->rows[i].help);
            assert_true(strlen(table->rows[i].help) > 0);
            for (size_t j = 0; j < i; j++) assert_string_not_equal(table->rows[i].name, table->rows[j].name);
        }
    }
    config_run_key(config, 0, again);
    assert_string_equal(key, again);
    config_destroy(config);
}

static void test_tables(void **state) {
    (void)state;
    check_tables(config_create());
    for (size_t i = 0; i < task_type_count; i++) check_tables(task_config(task_types[i]->name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_set_and_copy),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_task_switches_the_agent),
        cmocka_unit_test(test_names_of_the_other_kind),
        cmocka_unit_test(test_text_of_a_task),
        cmocka_unit_test(test_text_of_a_range_of_warps),
        cmocka_unit_test(test_text_of_an_environment),
        cmocka_unit_test(test_a_native_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
