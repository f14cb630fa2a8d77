#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/revision.h"
#include "tests/benchmarks/small_run.h"

static bool exists(const char *format, const char *results, const SweepRun *run) {
    char path[512];
    snprintf(path, sizeof path, format, results, run->name);
    return access(path, F_OK) == 0;
}

// ---- what is in a finished run ---------------------------------------------------------------------------------------------------

static void check_contents(StoreReader *reader, const SweepRun *run) {
    Error error = {0};
    char *text = config_run_text(run->config, run->seed), key[DIGEST_SIZE], value[256];
    config_run_key(run->config, run->seed, key);
    assert_string_equal(store_config(reader), text);
    assert_string_equal(store_key(reader), key);
    free(text);

    size_t count;
    int64_t *steps;
    assert_true(store_array_steps(reader, &count, &steps, &error));
    assert_int_equal(count, 5);    // 24 episodes: 0, 6, 12, 18 and after the last
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(steps[i], 6 * (int64_t)i);
        assert_true(store_array_exists(reader, steps[i], "policy/hidden"));
        assert_true(store_array_exists(reader, steps[i], "policy/belief"));
        assert_true(store_array_exists(reader, steps[i], "bank/hidden"));
        assert_int_equal(store_array_exists(reader, steps[i], "bank/belief"), i == 0);    // it does not change
        assert_true(store_array_exists(reader, steps[i], "weights/head/weight"));
    }
    free(steps);
    static const char *const expected[] = {"compiler", "hdf5",    "gsl",          "openblas",
                                           "cpu",      "kernels", "wall_seconds", "cpu_seconds"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(store_attribute(reader, expected[i], value, sizeof value));
    assert_true(store_attribute(reader, "code_revision", value, sizeof value));
    assert_string_equal(value, revision_code());
    assert_true(store_attribute(reader, "arithmetic", value, sizeof value));
    assert_string_equal(value, "portable");
    assert_true(store_attribute(reader, "parts", value, sizeof value));
    assert_string_equal(value, "1");
}

static void finished_run_holds_everything(void **state) {
    (void)state;
    char *results = support_folder_in_memory();
    SweepRun run = small_run(3, 0, NULL);
    Error error = {0};
    assert_int_equal(run_status(results, &run, NULL, 0), RUN_MISSING);
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_FINISHED);
    char *path = run_path(results, &run);
    StoreReader *reader = store_open(path, &error);
    assert_non_null(reader);
    check_contents(reader, &run);
    store_close(reader);
    assert_int_equal(run_status(results, &run, NULL, 0), RUN_DONE);
    assert_false(exists("%s/runs/%s.h5.parts", results, &run));
    free(path);
    small_run_free(&run);
    support_folder_remove(results);
}

static void same_run_same_digest(void **state) {
    (void)state;
    char first[DIGEST_SIZE], second[DIGEST_SIZE], other[DIGEST_SIZE];
    SweepRun run = small_run(1, 0, NULL), next = small_run(2, 0, NULL);
    small_reference(&run, first);
    small_reference(&run, second);
    small_reference(&next, other);
    assert_string_equal(first, second);
    assert_string_not_equal(first, other);
    small_run_free(&run);
    small_run_free(&next);
}

// Without a sample after the last unit the final weights are recorded all the same.
static void final_weights_without_last_sample(void **state) {
    (void)state;
    char *results = support_folder_in_memory();
    SweepRun run = small_run(1, 2, (SmallSetting[]){{"histories.last", "false"}, {"agent.episodes", "12"}});
    Error error = {0};
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_FINISHED);
    char *path = run_path(results, &run);
    StoreReader *reader = store_open(path, &error);
    assert_non_null(reader);
    assert_true(store_array_exists(reader, 6, "policy/hidden"));
    assert_false(store_array_exists(reader, 12, "policy/hidden"));
    assert_true(store_array_exists(reader, 12, "weights/head/weight"));
    store_close(reader);
    free(path);
    small_run_free(&run);
    support_folder_remove(results);
}

// ---- stopping, killing, resuming -----------------------------------------------------------------------------------------------

typedef struct Stopper {
    volatile int stop;
    int64_t begin, units;
    int calls;
} Stopper;

static void stop_after(void *context, int64_t done, int64_t budget) {
    Stopper *stopper = context;
    assert_true(done >= 0 && done <= budget);
    if (stopper->calls++ == 0) stopper->begin = done;
    if (done - stopper->begin >= stopper->units) stopper->stop = 1;
}

static void stopped_after_every_unit(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    SweepRun run = small_run(4, 0, NULL);
    small_reference(&run, expected);
    Error error = {0};
    RunOutcome outcome = RUN_STOPPED;
    int parts = 0;
    while (outcome == RUN_STOPPED) {
        Stopper stopper = {.units = 1 + parts % 2};
        outcome = run_execute(results, &run, &(RunHooks){&stopper.stop, stop_after, &stopper}, &error);
        if (outcome == RUN_STOPPED) assert_int_equal(run_status(results, &run, NULL, 0), RUN_INTERRUPTED);
        assert_true(++parts < 30);
    }
    assert_int_equal(outcome, RUN_FINISHED);
    assert_in_range(parts, 15, 17);
    small_digest(results, &run, digest);
    assert_string_equal(digest, expected);
    small_run_free(&run);
    support_folder_remove(results);
}

static pid_t begin_apart(const char *results, const SweepRun *run) {
    pid_t process = fork();
    if (process == 0) {
        Error error;
        _exit(run_execute(results, run, NULL, &error) == RUN_FINISHED ? 0 : 1);
    }
    assert_true(process > 0);
    return process;
}

// Kills at moments spread over the whole run, publication included, until it has finished.
static int kill_until_finished(const char *results, const SweepRun *run, unsigned *random) {
    int kills = 0;
    for (;;) {
        pid_t process = begin_apart(results, run);
        *random = *random * 1664525u + 1013904223u;    // any numbers will do
        long wait = kills < 12 ? (long)(*random >> 8) % 40000000L : 0;
        if (wait) {
            nanosleep(&(struct timespec){.tv_nsec = wait}, NULL);
            kill(process, SIGKILL);
        }
        int status;
        waitpid(process, &status, 0);
        if (WIFSIGNALED(status)) {
            assert_int_equal(WTERMSIG(status), SIGKILL);
            kills++;
            if (run_status(results, run, NULL, 0) == RUN_DONE) return kills;    // killed after publication
        } else {
            assert_int_equal(WEXITSTATUS(status), 0);
            return kills;
        }
    }
}

static void killed_at_random_moments(void **state) {
    (void)state;
    char expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    SweepRun run = small_run(5, 1, (SmallSetting[]){{"histories.period", "2"}});
    small_reference(&run, expected);
    unsigned random = 1;
    int kills = 0, repeats = getenv("ENGRAM_TEST_FULL") ? 100 : 10;
    for (int i = 0; i < repeats; i++) {
        char *results = support_folder_in_memory();
        kills += kill_until_finished(results, &run, &random);
        small_digest(results, &run, digest);
        assert_string_equal(digest, expected);
        support_folder_remove(results);
    }
    assert_true(kills >= repeats);
    small_run_free(&run);
}

// A full disk: no file may grow beyond some kilobytes. What was sealed before stays, and the run goes on when there is room again.
static void full_disk_is_survived(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    SweepRun run = small_run(6, 0, NULL);
    small_reference(&run, expected);
    Error error = {0};
    Stopper stopper = {.units = 7};
    assert_int_equal(run_execute(results, &run, &(RunHooks){&stopper.stop, stop_after, &stopper}, &error), RUN_STOPPED);
    pid_t process = fork();
    if (process == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192});
        RunOutcome outcome = run_execute(results, &run, NULL, &error);
        _exit(outcome == RUN_REFUSED && strstr(error.message, ".h5.parts/") ? 0 : 1);
    }
    int status;
    waitpid(process, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(run_status(results, &run, NULL, 0), RUN_INTERRUPTED);
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_FINISHED);
    small_digest(results, &run, digest);
    assert_string_equal(digest, expected);
    small_run_free(&run);
    support_folder_remove(results);
}

// ---- status ----------------------------------------------------------------------------------------------------------------------

static void broken_run_is_marked(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), detail[512];
    SweepRun run = small_run(1, 1, (SmallSetting[]){{"agent.learning_rate", "1e30"}});
    Error error = {0};
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_BROKEN);
    assert_non_null(strstr(error.message, "step "));
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_FAILED);
    assert_string_equal(detail, error.message);
    assert_false(exists("%s/runs/%s.h5", results, &run));
    assert_true(run_reset(results, &run, &error));
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_MISSING);
    small_run_free(&run);
    support_folder_remove(results);
}

static void write_run_of_revision(const char *results, const SweepRun *run, const char *revision) {
    Error error = {0};
    char *path = run_path(results, run), *text = config_run_text(run->config, run->seed), key[DIGEST_SIZE], digest[DIGEST_SIZE];
    config_run_key(run->config, run->seed, key);
    StoreWriter *writer = store_writer_open(path, key, text, &error);
    assert_non_null(writer);
    record_scalar(store_recorder(writer), "evaluation/return", 0, 1);
    assert_true(store_publish(writer, &(StoreAttribute){"code_revision", revision}, 1, digest, &error));
    store_writer_close(writer);
    free(path);
    free(text);
}

static void other_revision_is_stale(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), detail[512];
    SweepRun run = small_run(1, 0, NULL);
    Error error = {0};
    write_run_of_revision(results, &run, "0123abcd");
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_STALE);
    assert_non_null(strstr(detail, "0123abcd"));
    assert_true(run_reset(results, &run, &error));
    assert_true(exists("%s/runs/%s.h5.stale", results, &run));    // kept until the new one is there
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_FINISHED);
    assert_false(exists("%s/runs/%s.h5.stale", results, &run));
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_DONE);
    small_run_free(&run);
    support_folder_remove(results);
}

static void truncated_file_is_unreadable(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), detail[512];
    SweepRun run = small_run(1, 0, NULL);
    write_run_of_revision(results, &run, revision_code());
    char *path = run_path(results, &run);
    assert_int_equal(truncate(path, 700), 0);
    assert_int_equal(run_status(results, &run, detail, sizeof detail), RUN_UNREADABLE);
    assert_non_null(strstr(detail, path));
    free(path);
    small_run_free(&run);
    support_folder_remove(results);
}

static void one_process_at_a_time(void **state) {
    (void)state;
    char *results = support_folder_in_memory();
    SweepRun run = small_run(1, 0, NULL);
    Error error = {0};
    char *path = run_path(results, &run), *text = config_run_text(run.config, run.seed), key[DIGEST_SIZE];
    config_run_key(run.config, run.seed, key);
    StoreWriter *writer = store_writer_open(path, key, text, &error);
    assert_non_null(writer);
    assert_int_equal(run_status(results, &run, NULL, 0), RUN_RUNNING);
    assert_int_equal(run_execute(results, &run, NULL, &error), RUN_REFUSED);
    assert_non_null(strstr(error.message, "another process"));
    store_writer_close(writer);
    assert_int_equal(run_status(results, &run, NULL, 0), RUN_MISSING);
    free(path);
    free(text);
    small_run_free(&run);
    support_folder_remove(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_run_holds_everything),
        cmocka_unit_test(same_run_same_digest),
        cmocka_unit_test(final_weights_without_last_sample),
        cmocka_unit_test(stopped_after_every_unit),
        cmocka_unit_test(killed_at_random_moments),
        cmocka_unit_test(full_disk_is_survived),
        cmocka_unit_test(broken_run_is_marked),
        cmocka_unit_test(other_revision_is_stale),
        cmocka_unit_test(truncated_file_is_unreadable),
        cmocka_unit_test(one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
