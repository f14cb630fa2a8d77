#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "benchmarks/forecast.h"
#include "benchmarks/scheduler.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"
#include "core/store.h"

static void print_forecast_table(const Options *options, const Forecast *forecast, size_t count, double seconds) {
    static const char *const names[] = {"runs",   "planned", "done",       "interrupted", "missing",   "stale",
                                        "failed", "seconds", "memory_mib", "disk_mib",    "calibrated"};
    Table *table = table_create(sizeof names / sizeof *names, names);
    const double counts[] = {(double)count,
                             (double)forecast->planned,
                             (double)forecast->by_status[RUN_DONE],
                             (double)forecast->by_status[RUN_INTERRUPTED],
                             (double)forecast->by_status[RUN_MISSING],
                             (double)forecast->by_status[RUN_STALE],
                             (double)forecast->by_status[RUN_FAILED]};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) table_number(table, "%.0f", counts[i]);
    table_number(table, "%.1f", seconds);
    table_number(table, "%.1f", forecast->memory_mib);
    table_number(table, "%.1f", forecast->disk_mib);
    table_number(table, "%.0f", (double)forecast->calibrated);
    table_print(table, options, stdout);
    table_destroy(table);
}

static int dry_run(const Options *options, const RunList *list) {
    Forecast forecast;
    Error error;
    if (!forecast_runs(options->results, list->runs, list->count, options->redo_stale, options->retry_failed, &forecast,
                       &error)) {
        return cli_fail(options, &error);
    }
    // The last runs do not fill all processes: at least one whole run remains.
    double rounds = forecast.planned ? ceil((double)forecast.planned / options->jobs) : 0;
    double seconds = forecast.planned ? forecast.seconds / (double)forecast.planned * rounds : 0;
    if (options->csv || options->json) {
        print_forecast_table(options, &forecast, list->count, seconds);
        return EXIT_FINE;
    }
    char duration[32];
    schedule_duration(seconds, duration, sizeof duration);
    printf("%zu run%s:", list->count, list->count == 1 ? "" : "s");
    for (int i = 0, shown = 0; i < RUN_STATUS_COUNT; i++) {
        if (forecast.by_status[i]) printf("%s %zu %s", shown++ ? "," : "", forecast.by_status[i], run_status_names[i]);
    }
    printf("\nto train: %zu\n", forecast.planned);
    if (!forecast.planned) return EXIT_FINE;
    size_t concurrent = forecast.planned < (size_t)options->jobs ? forecast.planned : (size_t)options->jobs;
    printf("time:     %s with %d processes\n", duration, options->jobs);
    printf("memory:   %.0f MiB in each process, %.0f MiB together\n", forecast.memory_mib,
           forecast.memory_mib * (double)concurrent);
    printf("disk:     %.1f MiB below %s/runs\n", forecast.disk_mib, options->results);
    if (forecast.calibrated == 0) {
        printf("basis:    finished runs of the same configurations\n");
    } else {
        printf("basis:    a short calibration of %zu of %zu configurations (rough: later units may cost more; disk before "
               "compression)"
               "%s\n",
               forecast.calibrated, forecast.configurations,
               forecast.calibrated < forecast.configurations ? "; finished runs for the others" : "");
    }
    printf("Nothing was written.\n");
    return EXIT_FINE;
}

static void print_runs(const Options *options, const RunList *list) {
    Table *table = table_create(4, (const char *const[]){"run", "label", "seed", "status"});
    for (size_t i = 0; i < list->count; i++) {
        const SweepRun *run = list->runs[i];
        table_text(table, run->name);
        table_text(table, run->label);
        table_number(table, "%.0f", (double)run->seed);
        table_text(table, run_status_names[run_status(options->results, run, NULL, 0)]);
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static void print_command(FILE *out, const Options *options) {
    fprintf(out, "engram run %s", options->arguments[0]);
    if (options->scale != SCALE_CI) fprintf(out, " --scale %s", scale_names[options->scale]);
    if (options->seeds_given)
        fprintf(out, " --seeds %lld..%lld", (long long)options->first_seed, (long long)options->last_seed);
    for (size_t i = 0; i < options->setting_count; i++) {
        fprintf(out, " --set %s=%s", options->settings[i].name, options->settings[i].value);
    }
    if (strcmp(options->results, "results") != 0) fprintf(out, " --results %s", options->results);
    fputc('\n', out);
}

static int summarise(const Options *options, const ScheduleReport *report, FILE *out) {
    fprintf(out, "%zu trained, %zu done before", report->finished, report->skipped);
    if (report->stale) fprintf(out, ", %zu stale", report->stale);
    if (report->failed) fprintf(out, ", %zu failed", report->failed);
    if (report->refused) fprintf(out, ", %zu not done", report->refused);
    if (report->left) fprintf(out, ", %zu left", report->left);
    fputc('\n', out);
    if (report->stale) {
        fprintf(out, "stale: finished by another code revision and kept; --redo-stale trains them again\n");
    }
    fflush(out);
    if (report->interrupted) {
        fprintf(stderr, "interrupted; what is done is kept. To go on: ");
        print_command(stderr, options);
        return EXIT_INTERRUPTED;
    }
    if (report->failed || report->refused) {
        fprintf(stderr, "engram run: %zu failed, %zu not done: named above; the other runs are finished\n", report->failed,
                report->refused);
        return EXIT_BAD_INPUT;
    }
    return EXIT_FINE;
}

// Of the folder, or of the nearest one above it that is there.
static double free_mib(const char *folder) {
    struct statvfs disk;
    char *path = memory_format("%s", folder);
    bool there = statvfs(path, &disk) == 0;
    while (!there && strcmp(path, ".") != 0 && strcmp(path, "/") != 0) there = statvfs(dirname(path), &disk) == 0;
    free(path);
    return there ? (double)disk.f_bavail * (double)disk.f_frsize / (1024 * 1024) : INFINITY;
}

// Says how much disk space the runs take at most. False with a message when there is less.
static bool fits_on_disk(const Options *options, const RunList *list, FILE *out, Error *error) {
    Forecast forecast;
    if (!forecast_disk(options->results, list->runs, list->count, options->redo_stale, options->retry_failed, &forecast,
                       error)) {
        return false;
    }
    if (forecast.planned == 0) return true;
    double there = free_mib(options->results);
    fprintf(out, "%zu runs to train: histories and weights take up to %.1f MiB below %s/runs\n", forecast.planned,
            forecast.disk_mib, options->results);
    fflush(out);
    if (forecast.disk_mib < there) return true;
    return error_set(error,
                     "%zu runs take up to %.1f MiB below %s/runs, where %.1f MiB are free; accepted are fewer seeds, fewer "
                     "histories.pairs, a longer histories.period, fewer histories.particles, or another --results",
                     forecast.planned, forecast.disk_mib, options->results, there);
}

static int train(const Options *options, const RunList *list) {
    bool tabular = options->csv || options->json;
    FILE *out = tabular ? stderr : stdout;
    Error lack;
    if (!fits_on_disk(options, list, out, &lack)) return cli_fail(options, &lack);
    ScheduleOptions schedule = {.results = options->results,
                                .jobs = options->jobs,
                                .redo_stale = options->redo_stale,
                                .retry_failed = options->retry_failed,
                                .out = out,
                                .terminal = isatty(fileno(out))};
    ScheduleReport report;
    Error error;
    if (!schedule_runs(list->runs, list->count, &schedule, &report, &error)) return cli_fail(options, &error);
    int code = summarise(options, &report, out);
    if (tabular) print_runs(options, list);
    return code;
}

int cli_run(const Options *options) {
    Error error;
    RunList list;
    if (!cli_load_runs(options, options->arguments[0], &list, &error)) return cli_fail(options, &error);
    cli_warn(options, list.experiments, list.experiment_count);
    int code = options->dry_run ? dry_run(options, &list) : train(options, &list);
    cli_runs_free(&list);
    return code;
}
