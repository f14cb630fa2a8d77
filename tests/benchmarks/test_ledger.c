// The ledger of what a behaviour has made.
#include "benchmarks/ledger.h"

#include "tests/support.h"

// All that the ledger asks of an experiment.
static char maze_name[] = "test/maze", other_name[] = "test/other";
static const Experiment maze = {.name = maze_name, .scale = SCALE_CI}, other = {.name = other_name, .scale = SCALE_CI};

static const char first[] = "aa", second[] = "bb";    // behaviours

static void make_file(const char *results, const char *file) {
    char *path = memory_format("%s/%s", results, file), *command = memory_format("mkdir -p $(dirname '%s')", path);
    assert_int_equal(system(command), 0);
    support_write(NULL, path, "x");
    free(command);
    free(path);
}

static void what_is_noted_is_known_again(void **state) {
    const char *results = *state;
    Error error = {0};
    make_file(results, "runs/a.h5");
    make_file(results, "runs/b, with a comma.h5");
    Ledger *ledger = ledger_open(results, &maze, first);
    assert_false(ledger_has(ledger, "runs/a.h5", "d1"));
    ledger_note(ledger, "runs/a.h5", "d1");
    ledger_note(ledger, "runs/b, with a comma.h5", "d2");
    ledger_note(ledger, "runs/gone.h5", "d3");
    assert_true(ledger_has(ledger, "runs/a.h5", "d1"));
    if (!ledger_write(ledger, &error)) fail_msg("%s", error.message);
    ledger_close(ledger);

    ledger = ledger_open(results, &maze, first);
    assert_true(ledger_has(ledger, "runs/a.h5", "d1"));
    assert_true(ledger_has(ledger, "runs/b, with a comma.h5", "d2"));
    assert_false(ledger_has(ledger, "runs/a.h5", "d2"));       // it has other contents now
    assert_false(ledger_has(ledger, "runs/gone.h5", "d3"));    // it was not there when the ledger was written
    ledger_close(ledger);
    ledger = ledger_open(results, &other, first);    // each experiment has its own behaviour
    assert_false(ledger_has(ledger, "runs/a.h5", "d1"));
    ledger_close(ledger);
}

static void the_last_behaviour_that_made_a_file_has_it(void **state) {
    const char *results = *state;
    Error error = {0};
    make_file(results, "runs/a.h5");
    make_file(results, "runs/b.h5");
    Ledger *ledger = ledger_open(results, &maze, first);
    ledger_note(ledger, "runs/a.h5", "d1");
    ledger_note(ledger, "runs/b.h5", "d1");
    assert_true(ledger_write(ledger, &error));
    ledger_close(ledger);
    ledger = ledger_open(results, &maze, second);
    assert_false(ledger_has(ledger, "runs/a.h5", "d1"));
    ledger_note(ledger, "runs/a.h5", "d1");    // the same contents, from another behaviour
    assert_true(ledger_has(ledger, "runs/a.h5", "d1"));
    assert_true(ledger_write(ledger, &error));
    ledger_close(ledger);
    ledger = ledger_open(results, &maze, first);
    assert_false(ledger_has(ledger, "runs/a.h5", "d1"));
    assert_true(ledger_has(ledger, "runs/b.h5", "d1"));    // what the other left alone is still known
    ledger_close(ledger);
}

static void many_files_fit(void **state) {
    const char *results = *state;
    Ledger *ledger = ledger_open(results, &maze, first);
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "runs/%d.h5", i);
        ledger_note(ledger, name, "d");
    }
    assert_true(ledger_has(ledger, "runs/0.h5", "d") && ledger_has(ledger, "runs/999.h5", "d"));
    ledger_close(ledger);
}

static void what_cannot_be_read_is_empty(void **state) {
    const char *results = *state;
    static const char *const texts[] = {"file,digest\nruns/a.h5,d1\n", "\"file,digest,behaviour\nruns/a.h5", "",
                                        "file,digest,behaviour\nruns/a.h5,d1\n"};
    make_file(results, "runs/a.h5");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        make_file(results, "behaviour/made/test/maze-ci.csv");
        support_write(results, "behaviour/made/test/maze-ci.csv", texts[i]);
        Ledger *ledger = ledger_open(results, &maze, first);
        assert_false(ledger_has(ledger, "runs/a.h5", "d1"));
        ledger_note(ledger, "runs/a.h5", "d1");
        Error error = {0};
        assert_true(ledger_write(ledger, &error));
        ledger_close(ledger);
        ledger = ledger_open(results, &maze, first);
        assert_true(ledger_has(ledger, "runs/a.h5", "d1"));
        ledger_close(ledger);
    }
}

static void a_folder_that_is_a_file_is_named(void **state) {
    const char *results = *state;
    support_write(results, "behaviour", "in the way");
    Ledger *ledger = ledger_open(results, &maze, first);
    Error error = {0};
    assert_false(ledger_write(ledger, &error));
    support_assert_has(error.message, "behaviour");
    ledger_close(ledger);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, support_set_up, support_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_noted_is_known_again),
        IN_FOLDER(the_last_behaviour_that_made_a_file_has_it),
        IN_FOLDER(many_files_fit),
        IN_FOLDER(what_cannot_be_read_is_empty),
        IN_FOLDER(a_folder_that_is_a_file_is_named),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
