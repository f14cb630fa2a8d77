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
    assert_refused(config, "environment.lenght", "5",
                   "environment tmaze: found unknown parameter 'lenght', accepted: length, stochasticity, horizon; nearest: length");
    assert_refused(
        config, "hidden", "5",
        "found 'hidden', which stands for several parameters, accepted: one of them in full, as network.hidden or mine.hidden");
    assert_refused(
        config, "name", "x",
        "found 'name', which stands for several parameters, accepted: one of them in full, as environment.name or agent.name");
    assert_refused(config, "length", "ten", "environment tmaze: length: found 'ten', accepted: integer, 1 to 10000");
    assert_refused(config, "length", "0", "environment tmaze: length: found '0', accepted: integer, 1 to 10000");
    assert_refused(config, "environment", "tmase", "found unknown environment 'tmase', accepted: tmaze, hike; nearest: tmaze");
    assert_refused(config, "agent.name", "dqrn", "found unknown agent 'dqrn', accepted: drqn; nearest: drqn");
    assert_refused(config, "precision", "doubel",
                   "run: precision: found 'doubel', accepted: one of: single, double; nearest: double");
    Error error;
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

// Every row of every table: its own canonical text is accepted and changes nothing, and it says what it is.
static void test_tables(void **state) {
    (void)state;
    Config *config = config_create();
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_set_and_copy), cmocka_unit_test(test_names),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_texts),        cmocka_unit_test(test_key),
        cmocka_unit_test(test_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
