#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/scheduler.h"
#include "tests/benchmarks/small_run.h"

enum { RUNS = 4 };

typedef struct Fixture {
    SweepRun runs[RUNS];
    const SweepRun *list[RUNS];
    char *results;
    char expected[RUNS][DIGEST_SIZE];
} Fixture;

static void fixture_open(Fixture *fixture, const char *episodes) {
    fixture->results = support_folder_in_memory();
    for (int i = 0; i < RUNS; i++) {
        fixture->runs[i] = small_run(i, 1, (SmallSetting[]){{"agent.episodes", episodes}});
        fixture->list[i] = &fixture->runs[i];
        small_reference(&fixture->runs[i], fixture->expected[i]);
    }
}

static void fixture_close(Fixture *fixture) {
    for (int i = 0; i < RUNS; i++) small_run_free(&fixture->runs[i]);
    support_folder_remove(fixture->results);
}

static void check_digests(const Fixture *fixture) {
    char digest[DIGEST_SIZE];
    for (int i = 0; i < RUNS; i++) {
        small_digest(fixture->results, &fixture->runs[i], digest);
        assert_string_equal(digest, fixture->expected[i]);
    }
}

static ScheduleReport schedule(const Fixture *fixture, int jobs) {
    ScheduleOptions options = {.results = fixture->results, .jobs = jobs};
    ScheduleReport report;
    Error error = {0};
    if (!schedule_runs(fixture->list, RUNS, &options, &report, &error)) fail_msg("%s", error.message);
    return report;
}

static void number_of_jobs_does_not_matter(void **state) {
    (void)state;
    for (int jobs = 1; jobs <= 3; jobs++) {
        Fixture fixture;
        fixture_open(&fixture, "12");
        ScheduleReport report = schedule(&fixture, jobs);
        assert_int_equal(report.finished, RUNS);
        assert_int_equal(report.skipped + report.failed + report.refused + report.left, 0);
        check_digests(&fixture);
        report = schedule(&fixture, jobs);
        assert_int_equal(report.skipped, RUNS);
        assert_int_equal(report.finished, 0);
        fixture_close(&fixture);
    }
}

static void read_text(FILE *file, char *text, size_t size) {
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
}

static void broken_run_leaves_the_others(void **state) {
    (void)state;
    char *results = support_folder_in_memory(), text[4096];
    SweepRun good = small_run(1, 0, NULL), bad = small_run(1, 1, (SmallSetting[]){{"agent.learning_rate", "1e30"}});
    const SweepRun *list[] = {&bad, &good};
    FILE *out = tmpfile();
    ScheduleOptions options = {.results = results, .jobs = 1, .out = out};
    ScheduleReport report;
    Error error = {0};
    assert_true(schedule_runs(list, 2, &options, &report, &error));
    assert_int_equal(report.failed, 1);
    assert_int_equal(report.finished, 1);
    read_text(out, text, sizeof text);
    assert_non_null(strstr(text, bad.name));
    assert_non_null(strstr(text, "step "));
    assert_true(schedule_runs(list, 2, &options, &report, &error));    // not tried again ...
    assert_int_equal(report.failed, 1);
    assert_int_equal(report.skipped, 1);
    read_text(out, text, sizeof text);
    assert_non_null(strstr(text, "failed before"));
    options.retry_failed = true;    // ... unless asked to
    assert_true(schedule_runs(list, 2, &options, &report, &error));
    assert_int_equal(report.failed, 1);
    fclose(out);
    small_run_free(&good);
    small_run_free(&bad);
    support_folder_remove(results);
}

// ---- signals: the scheduler runs in a process of its own, which exits with 100 + what is left when interrupted ------------------------

static pid_t schedule_apart(const Fixture *fixture, const char *output) {
    pid_t process = fork();
    if (process == 0) {
        FILE *out = fopen(output, "w");
        ScheduleOptions options = {.results = fixture->results, .jobs = 2, .out = out};
        ScheduleReport report;
        Error error;
        bool good = schedule_runs(fixture->list, RUNS, &options, &report, &error);
        fclose(out);
        _exit(!good ? 99 : report.interrupted ? 100 + (int)report.left : (int)report.refused);
    }
    assert_true(process > 0);
    return process;
}

static void wait_milliseconds(long milliseconds) {
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000L}, NULL);
}

static int exit_code(pid_t process) {
    int status;
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// The first child of a process, or 0.
static pid_t worker_of(pid_t process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)process, (long)process);
    FILE *file = fopen(path, "r");
    long child = 0;
    if (file && fscanf(file, "%ld", &child) != 1) child = 0;
    if (file) fclose(file);
    return (pid_t)child;
}

static pid_t wait_for_worker(pid_t process) {
    for (int i = 0; i < 400; i++) {
        pid_t found = worker_of(process);
        if (found) return found;
        wait_milliseconds(5);
    }
    fail_msg("no worker was started");
    return 0;
}

// What was left undone goes on, and ends as if nothing had happened.
static void complete(const Fixture *fixture) {
    ScheduleReport report = schedule(fixture, 2);
    assert_int_equal(report.finished + report.skipped, RUNS);
    check_digests(fixture);
}

static void interrupted_and_resumed(void **state) {
    (void)state;
    Fixture fixture;
    fixture_open(&fixture, "120");
    char *output = memory_format("%s/output", fixture.results);
    int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        pid_t process = schedule_apart(&fixture, output);
        wait_for_worker(process);
        wait_milliseconds(10);
        kill(process, signals[i]);
        assert_in_range(exit_code(process), 101, 100 + RUNS);
    }
    complete(&fixture);
    free(output);
    fixture_close(&fixture);
}

static void second_signal_kills(void **state) {
    (void)state;
    Fixture fixture;
    fixture_open(&fixture, "120");
    char *output = memory_format("%s/output", fixture.results);
    pid_t process = schedule_apart(&fixture, output);
    wait_for_worker(process);
    kill(process, SIGINT);
    kill(process, SIGTERM);
    assert_in_range(exit_code(process), 101, 100 + RUNS);
    complete(&fixture);
    free(output);
    fixture_close(&fixture);
}

static void killed_worker_is_reported(void **state) {
    (void)state;
    Fixture fixture;
    fixture_open(&fixture, "120");
    char *output = memory_format("%s/output", fixture.results), text[4096];
    pid_t process = schedule_apart(&fixture, output);
    kill(wait_for_worker(process), SIGKILL);
    assert_int_equal(exit_code(process), 1);
    FILE *file = fopen(output, "r");
    read_text(file, text, sizeof text);
    fclose(file);
    assert_non_null(strstr(text, "killed: "));
    assert_non_null(strstr(text, "signal 9"));
    ScheduleReport report = schedule(&fixture, 2);
    assert_int_equal(report.skipped, RUNS - 1);
    assert_int_equal(report.finished, 1);
    check_digests(&fixture);
    free(output);
    fixture_close(&fixture);
}

// Scheduler and workers together: the workers die with their parent, and a new scheduler begins at once.
static void killed_scheduler_is_resumed(void **state) {
    (void)state;
    Fixture fixture;
    fixture_open(&fixture, "60");
    char *output = memory_format("%s/output", fixture.results);
    for (int i = 0; i < 10; i++) {
        pid_t process = schedule_apart(&fixture, output);
        wait_milliseconds(7 * (i + 1));
        kill(process, SIGKILL);
        waitpid(process, NULL, 0);
    }
    complete(&fixture);
    free(output);
    fixture_close(&fixture);
}

static void unusable_results_are_refused(void **state) {
    (void)state;
    char *folder = support_folder_in_memory(), *results = memory_format("%s/file", folder);
    FILE *file = fopen(results, "w");
    fputs("earlier\n", file);
    fclose(file);
    SweepRun run = small_run(1, 0, NULL);
    const SweepRun *list[] = {&run};
    ScheduleOptions options = {.results = results, .jobs = 1};
    ScheduleReport report;
    Error error = {0};
    assert_false(schedule_runs(list, 1, &options, &report, &error));
    assert_non_null(strstr(error.message, results));
    small_run_free(&run);
    free(results);
    support_folder_remove(folder);
}

static void durations_read_well(void **state) {
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0.2, "0 s"}, {59.4, "59 s"}, {200, "3 min 20 s"}, {7500, "2 h 05 min"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        schedule_duration(cases[i].seconds, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_of_jobs_does_not_matter), cmocka_unit_test(broken_run_leaves_the_others),
        cmocka_unit_test(interrupted_and_resumed),        cmocka_unit_test(second_signal_kills),
        cmocka_unit_test(killed_worker_is_reported),      cmocka_unit_test(killed_scheduler_is_resumed),
        cmocka_unit_test(unusable_results_are_refused),   cmocka_unit_test(durations_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
