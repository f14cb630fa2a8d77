#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/analyse.h"
#include "benchmarks/gather.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "core/arena.h"

// The runs that have ended, in their order; the others are named on standard error. A run of another code revision has
// ended too.
static size_t finished_runs(const Options *options, const RunList *list, const SweepRun **finished) {
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        char detail[sizeof((Error *)0)->message];
        RunStatus status = run_status(options->results, list->runs[i], detail, sizeof detail);
        if (status == RUN_DONE || status == RUN_STALE) {
            finished[count++] = list->runs[i];
        } else {
            fprintf(stderr, "engram analyse: run %s is %s%s%s\n", list->runs[i]->name, run_status_names[status],
                    detail[0] ? ": " : "", detail);
        }
    }
    return count;
}

static void print_analyses(const Options *options, const RunList *list) {
    Table *table = table_create(5, (const char *const[]){"run", "label", "seed", "status", "analysis"});
    for (size_t i = 0; i < list->count; i++) {
        const SweepRun *run = list->runs[i];
        char *path = analyse_path(options->results, run);
        RunStatus status = analyse_status(options->results, run, NULL, 0);
        table_text(table, run->name);
        table_text(table, run->label);
        table_number(table, "%.0f", (double)run->seed);
        table_text(table, run_status_names[status]);
        table_text(table, status == RUN_DONE ? path : "");
        free(path);
    }
    table_print(table, options, stdout);
    table_destroy(table);
}

static int summarise(const ScheduleReport *report, size_t absent, FILE *out) {
    fprintf(out, "%zu analysed, %zu done before", report->finished, report->skipped);
    if (absent) fprintf(out, ", %zu without a finished run", absent);
    if (report->refused) fprintf(out, ", %zu not done", report->refused);
    if (report->left) fprintf(out, ", %zu left", report->left);
    fputc('\n', out);
    fflush(out);
    if (report->interrupted) {
        fprintf(stderr, "interrupted; what is done is kept, and the same command goes on\n");
        return EXIT_INTERRUPTED;
    }
    if (absent) fprintf(stderr, "engram analyse: %zu runs are not finished: `engram run` trains them\n", absent);
    return absent || report->refused ? EXIT_BAD_INPUT : EXIT_FINE;
}

static int analyse_runs(const Options *options, const RunList *list) {
    const SweepRun **finished = memory_zeroed(list->count, sizeof(SweepRun *));
    size_t count = finished_runs(options, list, finished);
    bool tabular = options->csv || options->json;
    FILE *out = tabular ? stderr : stdout;
    ScheduleOptions schedule = {
        .results = options->results, .jobs = options->jobs, .out = out, .terminal = isatty(fileno(out)), .work = &analyse_work};
    ScheduleReport report = {0};
    Error error;
    int code;
    if (count == 0 || schedule_runs(finished, count, &schedule, &report, &error)) {
        code = summarise(&report, list->count - count, out);
        if (tabular) print_analyses(options, list);
    } else {
        code = cli_fail(options, &error);
    }
    free(finished);
    return code;
}

// ---- before figures and checks -------------------------------------------------------------------------------------------

// Adds the finished runs of one experiment that are not analysed. Two experiments may share runs, and their analyses.
static void add_missing(const Options *options, const Gathering *gathering, size_t *count, const SweepRun **runs,
                        char **paths) {
    for (size_t i = 0; i < gathering->count; i++) {
        const GatheredRun *gathered = &gathering->runs[i];
        if (!gather_finished(gathered) || analyse_status(options->results, gathered->run, NULL, 0) == RUN_DONE) continue;
        char *path = analyse_path(options->results, gathered->run);
        size_t same = 0;
        while (same < *count && strcmp(paths[same], path) != 0) same++;
        if (same == *count) {
            runs[*count] = gathered->run;
            paths[(*count)++] = path;
        } else {
            free(path);
        }
    }
}

// Progress goes to standard error: standard output belongs to the verb.
static int schedule_missing(const Options *options, const SweepRun **runs, size_t count) {
    ScheduleOptions schedule = {.results = options->results,
                                .jobs = options->jobs,
                                .out = stderr,
                                .terminal = isatty(STDERR_FILENO),
                                .work = &analyse_work};
    ScheduleReport report;
    Error error;
    fprintf(stderr, "engram %s: %zu runs are to be analysed first\n", options->verb->name, count);
    if (!schedule_runs(runs, count, &schedule, &report, &error)) return cli_fail(options, &error);
    if (report.interrupted) {
        fprintf(stderr, "interrupted; what is analysed is kept, and the same command goes on\n");
        return EXIT_INTERRUPTED;
    }
    if (report.refused == 0) return EXIT_FINE;
    error_set(&error, "%zu of %zu runs could not be analysed: named above", report.refused, count);
    return cli_fail(options, &error);
}

int cli_analyse_missing(const Options *options, Experiment *const *experiments, size_t count,
                        bool (*needs_analysis)(const Experiment *experiment)) {
    Gathering **surveys = memory_zeroed(count, sizeof(Gathering *));
    size_t room = 0, missing = 0;
    Error error;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        if (!needs_analysis(experiments[i])) continue;
        surveys[i] = gather_survey(options->results, experiments[i], options->partial, &error);
        good = surveys[i] != NULL;
        room += good ? surveys[i]->count : 0;
    }
    const SweepRun **runs = memory_zeroed(room + 1, sizeof(SweepRun *));
    char **paths = memory_zeroed(room + 1, sizeof *paths);
    for (size_t i = 0; i < count && good; i++) {
        if (surveys[i]) add_missing(options, surveys[i], &missing, runs, paths);
    }
    int code = EXIT_FINE;
    if (!good) code = cli_fail(options, &error);
    else if (missing) code = schedule_missing(options, runs, missing);
    for (size_t i = 0; i < missing; i++) free(paths[i]);
    for (size_t i = 0; i < count; i++) gather_free(surveys[i]);
    free(paths);
    free(runs);
    free(surveys);
    return code;
}

// ---- the verb ------------------------------------------------------------------------------------------------------------

// Runs of tasks record neither histories nor beliefs. False with a message when there are no others.
static bool leave_tasks_out(const Options *options, RunList *list, Error *error) {
    size_t kept = 0, all = list->count;
    const Config *learns = NULL;
    for (size_t i = 0; i < all; i++) {
        const Config *config = list->runs[i]->config;
        if (config_task(config)) learns = config;
        else list->runs[kept++] = list->runs[i];
    }
    list->count = kept;
    if (kept == 0) {
        return error_set(error,
                         "%s: found runs of a task (%s), which have no histories and beliefs to analyse; accepted: experiments "
                         "with an environment (`engram figure` and `engram check` read the runs of tasks as they are)",
                         options->arguments[0], config_problem_name(learns));
    }
    if (kept < all) {
        fprintf(stderr, "engram analyse: %zu of %zu runs are of tasks and have no histories and beliefs to analyse: left out\n",
                all - kept, all);
    }
    return true;
}

int cli_analyse(const Options *options) {
    Error error;
    RunList list;
    if (!cli_load_runs(options, options->arguments[0], &list, &error)) return cli_fail(options, &error);
    int code = leave_tasks_out(options, &list, &error) ? analyse_runs(options, &list) : cli_fail(options, &error);
    cli_runs_free(&list);
    return code;
}
