// engram check: the verdicts of an experiment's claims, by one of four ways to come to them.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/analyse.h"
#include "benchmarks/behaviour.h"
#include "benchmarks/report.h"
#include "benchmarks/verdicts.h"
#include "cli/cli.h"
#include "cli/verdicts.h"
#include "core/arena.h"

enum { RELEASE_SEEDS = 20 };

// ---- after the verdicts --------------------------------------------------------------------------------------------------

// A contrary claim outweighs an undecided one; what an undecided one means is the caller's choice.
static int exit_status(const Options *options, CheckReport *const *reports, size_t count) {
    int undecided = options->undecided == UNDECIDED_PASS   ? EXIT_FINE
                    : options->undecided == UNDECIDED_FAIL ? EXIT_DIFFERS
                                                           : EXIT_UNDECIDED;
    int status = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        if (reports[i]->exit_status == CLAIMS_CONTRARY) return EXIT_DIFFERS;
        if (reports[i]->exit_status == CLAIMS_UNDECIDED) status = undecided;
    }
    return status;
}

static bool write_files(const Options *options, CheckReport *const *reports, size_t count, Error *error) {
    return (!options->junit || report_write_junit(reports, count, options->junit, error)) &&
           (!options->markdown || report_write_markdown(reports, count, options->markdown, error));
}

static bool keep_record(const Options *options, const CheckReport *report, const char *behaviour, Error *error) {
    char *path = verdicts_path(options->results, report->experiment);
    bool good = verdicts_write(report, behaviour, path, error);
    free(path);
    return good;
}

// What cannot be decided however the runs come out is said before anybody waits for them.
static void warn(const Options *options, Experiment *const *experiments, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *warning = check_warn(experiments[i]);
        if (warning) fprintf(stderr, "engram %s: %s: %s\n", options->verb->name, experiments[i]->name, warning);
        free(warning);
    }
}

// ---- judging the runs that are there ---------------------------------------------------------------------------------------

static void free_reports(CheckReport **reports, size_t count) {
    for (size_t i = 0; i < count; i++) check_free(reports[i]);
    free(reports);
}

// NULL after a message; `*code` is then what to end with.
static CheckReport **judge(const Options *options, Experiment *const *experiments, size_t count, bool release, int *code) {
    *code = cli_analyse_missing(options, experiments, count, check_needs_analysis);
    if (*code != EXIT_FINE) return NULL;
    CheckReport **reports = memory_zeroed(count + 1, sizeof(CheckReport *));
    CheckOptions how = {.results = options->results, .partial = options->partial, .release = release};
    Error error;
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        reports[i] = check_experiment(experiments[i], &how, &error);
        good = reports[i] != NULL;
    }
    if (good) return reports;
    *code = cli_fail(options, &error);
    free_reports(reports, count);
    return NULL;
}

static int finish(const Options *options, CheckReport *const *reports, size_t count, const char *how) {
    Error error;
    cli_print_verdicts(options, reports, count, how);
    return write_files(options, reports, count, &error) ? exit_status(options, reports, count) : cli_fail(options, &error);
}

static int check_runs(const Options *options, Experiment *const *experiments, size_t count) {
    int code;
    Error error;
    CheckReport **reports = judge(options, experiments, count, false, &code);
    if (!reports) return code;
    bool good = true;
    for (size_t i = 0; i < count && good && !options->partial; i++) good = keep_record(options, reports[i], "", &error);
    code = good ? finish(options, reports, count, NULL) : cli_fail(options, &error);
    free_reports(reports, count);
    return code;
}

// ---- a release: all claims together, on enough seeds ---------------------------------------------------------------------------

static int check_release(const Options *options, Experiment *const *experiments, size_t count) {
    Error error;
    int code;
    for (size_t i = 0; i < count; i++) {
        long long seeds = (long long)(experiments[i]->last_seed - experiments[i]->first_seed + 1);
        if (seeds >= RELEASE_SEEDS) continue;
        error_set(&error, "--tier release judges at least %d seeds, %s has %lld: --seeds %lld..%lld", (int)RELEASE_SEEDS,
                  experiments[i]->name, seeds, (long long)experiments[i]->first_seed,
                  (long long)experiments[i]->first_seed + RELEASE_SEEDS - 1);
        return cli_fail(options, &error);
    }
    CheckReport **reports = judge(options, experiments, count, true, &code);
    if (!reports) return code;
    check_settle(reports, count, true);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        char *path = memory_format("%s/verdicts/release/%s-%s.json", options->results, experiments[i]->name,
                                   scale_names[experiments[i]->scale]);
        good = verdicts_write(reports[i], "", path, &error);
        free(path);
    }
    code = good ? finish(options, reports, count, "release: corrected over all claims together") : cli_fail(options, &error);
    free_reports(reports, count);
    return code;
}

// ---- a commit: nothing is asked of runs that behave as before --------------------------------------------------------------------

static ScheduleOptions schedule_of(const Options *options) {
    return (ScheduleOptions){
        .results = options->results, .jobs = options->jobs, .out = stderr, .terminal = isatty(STDERR_FILENO)};
}

// The record with this behaviour and these claims: the last check's, or the committed one. NULL: there is none.
static VerdictsRecord *find_record(const Options *options, const Experiment *experiment, const char *behaviour,
                                   const char *claims) {
    char *paths[] = {verdicts_path(options->results, experiment), verdicts_reference_path(experiment)};
    VerdictsRecord *found = NULL;
    for (size_t i = 0; i < 2; i++) {
        VerdictsRecord *record = found ? NULL : verdicts_read(experiment, paths[i], NULL);
        free(paths[i]);
        if (!record) continue;
        if (strcmp(record->behaviour, behaviour) == 0 && strcmp(record->claims, claims) == 0) found = record;
        else verdicts_free(record);
    }
    return found;
}

// What the gate compares with: the record that was named, or the committed one, or the last check's. NULL: there is none.
static VerdictsRecord *find_baseline(const Options *options, const Experiment *experiment, bool *good, Error *error) {
    *good = true;
    if (options->baseline) {
        VerdictsRecord *named = verdicts_read(experiment, options->baseline, error);
        *good = named != NULL;
        return named;
    }
    char *committed = verdicts_reference_path(experiment), *last = verdicts_path(options->results, experiment);
    VerdictsRecord *record = verdicts_read(experiment, committed, NULL);
    if (!record) record = verdicts_read(experiment, last, NULL);
    free(committed);
    free(last);
    return record;
}

// Trains what is missing, also what another revision finished: its behaviour is another one.
static bool train(const Options *options, const Experiment *experiment, int *code) {
    Error error;
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) {
        *code = cli_fail(options, &error);
        return false;
    }
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    ScheduleOptions schedule = schedule_of(options);
    schedule.redo_stale = true;
    ScheduleReport report;
    bool good = schedule_runs(runs, sweep->count, &schedule, &report, &error);
    if (good && report.refused > 0) good = error_set(&error, "%zu runs could not be trained: named above", report.refused);
    *code = !good ? cli_fail(options, &error) : report.interrupted ? EXIT_INTERRUPTED : EXIT_FINE;
    if (report.interrupted) fprintf(stderr, "interrupted; what is done is kept, and the same command goes on\n");
    free(runs);
    sweep_destroy(sweep);
    return *code == EXIT_FINE;
}

// A FAIL of the gate is confirmed once, on as many fresh seeds, before it blocks: the chance of a false one is squared. The rule is
// fixed, so that nobody repeats until it is green.
static bool confirm(const Options *options, const Experiment *experiment, const VerdictsRecord *baseline, size_t *worse,
                    int *code) {
    Error error;
    Experiment *fresh = experiment_load(experiment->name, experiment->scale, options->settings, options->setting_count, &error);
    if (!fresh) {
        *code = cli_fail(options, &error);
        return false;
    }
    int64_t seeds = experiment->last_seed - experiment->first_seed;
    fresh->first_seed = fresh->evidence.first_seed;
    fresh->last_seed = fresh->first_seed + seeds;
    fprintf(stderr, "engram check: the gate found claims worse; confirming on the fresh seeds %lld..%lld\n",
            (long long)fresh->first_seed, (long long)fresh->last_seed);
    CheckReport **reports = train(options, fresh, code) ? judge(options, &fresh, 1, false, code) : NULL;
    if (reports) {
        BaselineReport *again = baseline_compare(reports[0], baseline->report, false);
        cli_print_gate(options, again, "the baseline, on fresh seeds", stderr);
        *worse = again->worse;
        baseline_free(again);
        free_reports(reports, 1);
    }
    experiment_destroy(fresh);
    return reports != NULL;
}

// The runs are trained on the fixed seeds and compared with the baseline. Only what is worse there, and again on fresh seeds, or a claim
// that fails against expectation, blocks; what is undecided passes, with its label.
static int gate(const Options *options, Experiment *experiment, const char *behaviour) {
    Error error;
    int code;
    bool good;
    VerdictsRecord *baseline = find_baseline(options, experiment, &good, &error);
    if (!good) return cli_fail(options, &error);
    if (!train(options, experiment, &code)) {
        verdicts_free(baseline);
        return code;
    }
    CheckReport **reports = judge(options, &experiment, 1, false, &code);
    if (!reports) {
        verdicts_free(baseline);
        return code;
    }
    size_t worse = 0;
    good = true;
    if (baseline) {
        BaselineReport *compared = baseline_compare(reports[0], baseline->report, true);
        char *against = memory_format("the runs of %s", baseline->revision);
        cli_print_gate(options, compared, against, stderr);
        free(against);
        worse = compared->worse;
        baseline_free(compared);
        if (worse > 0) good = confirm(options, experiment, baseline, &worse, &code);
    } else {
        fprintf(stderr, "engram check: no baseline to compare with: claims are judged alone\n");
    }
    if (good) {
        good = keep_record(options, reports[0], behaviour, &error);
        char *how = memory_format("behaviour changed%s", worse > 0 ? ": WORSE than the baseline, confirmed on fresh seeds"
                                                                   : "; the gate found nothing worse");
        code = good ? finish(options, reports, 1, how) : cli_fail(options, &error);
        free(how);
        if (good && worse > 0) code = EXIT_DIFFERS;
        if (good && code == EXIT_UNDECIDED) code = EXIT_FINE;
    }
    free_reports(reports, 1);
    verdicts_free(baseline);
    return code;
}

static int check_commit(const Options *options, Experiment *experiment) {
    Error error;
    char behaviour[DIGEST_SIZE], claims[DIGEST_SIZE];
    bool interrupted;
    ScheduleOptions schedule = schedule_of(options);
    if (!behaviour_digest(experiment, options->settings, options->setting_count, &schedule, behaviour, &interrupted, &error) ||
        !check_claims_digest(experiment, claims, &error)) {
        int code = cli_fail(options, &error);
        return interrupted ? EXIT_INTERRUPTED : code;
    }
    VerdictsRecord *record = find_record(options, experiment, behaviour, claims);
    if (!record) return gate(options, experiment, behaviour);
    char *how = memory_format("reused: behaviour %.12s and claims are those of %s, judged %s", behaviour, record->revision,
                              record->judged);
    if (options->csv || options->json) fprintf(stderr, "%s\n", how);
    bool good = keep_record(options, record->report, behaviour, &error);
    int code = good ? finish(options, &record->report, 1, how) : cli_fail(options, &error);
    free(how);
    verdicts_free(record);
    return code == EXIT_UNDECIDED ? EXIT_FINE : code;
}

static int check_commits(const Options *options, Experiment *const *experiments, size_t count) {
    int worst = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        int code = check_commit(options, experiments[i]);
        if (code == EXIT_BAD_INPUT || code == EXIT_INTERRUPTED) return code;
        if (code != EXIT_FINE) worst = code;
    }
    return worst;
}

// ---- a night: fresh seeds up to a budget ----------------------------------------------------------------------------------------

static int check_budget(const Options *options, Experiment *const *experiments, size_t count) {
    Error error;
    double seconds;
    BudgetReport budget;
    ScheduleOptions schedule = schedule_of(options);
    schedule.redo_stale = true;
    if (!budget_parse(options->budget, &seconds, &error)) {
        error_context(&error, "--budget ");
        return cli_fail(options, &error);
    }
    if (options->seeds_given || options->partial) {
        error_set(&error,
                  "--budget takes the fresh seeds of the experiment file, all of a look: without --seeds and --partial");
        return cli_fail(options, &error);
    }
    if (!budget_spend(experiments, count, options->settings, options->setting_count, seconds, &schedule, &budget, &error))
        return cli_fail(options, &error);
    CheckReport **looked = memory_zeroed(count + 1, sizeof(CheckReport *));
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (budget.reports[i]) looked[n++] = budget.reports[i];
    }
    char *log = memory_format("%s/verdicts/allocation.csv", options->results);
    bool good = budget_write_log(&budget, log, &error);
    for (size_t i = 0; i < n && good; i++) {
        char *path = memory_format("%s/verdicts/evidence/%s-%s.json", options->results, looked[i]->experiment->name,
                                   scale_names[looked[i]->experiment->scale]);
        good = verdicts_write(looked[i], "", path, &error);
        free(path);
    }
    cli_print_allocation(&budget, options->csv || options->json ? stderr : stdout);
    int code = EXIT_FINE;
    if (!good) code = cli_fail(options, &error);
    else if (budget.interrupted) code = EXIT_INTERRUPTED;
    else if (n < count)
        fprintf(stderr, "engram check: the budget is too small for a first look at %zu of %zu experiments\n", count - n, count);
    if (code == EXIT_FINE)
        code = n > 0 ? finish(options, looked, n, "evidence from fresh seeds") : exit_status(options, NULL, 0);
    if (code == EXIT_FINE && n < count)
        code = options->undecided == UNDECIDED_PASS   ? EXIT_FINE
               : options->undecided == UNDECIDED_FAIL ? EXIT_DIFFERS
                                                      : EXIT_UNDECIDED;
    free(log);
    free(looked);
    budget_free(&budget);
    return code;
}

// ---- the verb ------------------------------------------------------------------------------------------------------------

int cli_check(const Options *options) {
    Error error;
    size_t count;
    if (options->budget && options->tier != TIER_RUNS) {
        error_set(&error, "--budget is a tier of its own: without --tier");
        return cli_fail(options, &error);
    }
    if (options->baseline && options->tier != TIER_COMMIT) {
        error_set(&error, "--baseline is what --tier commit compares with");
        return cli_fail(options, &error);
    }
    Experiment **experiments = cli_load(options, options->arguments[0], &count, &error);
    if (!experiments) return cli_fail(options, &error);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) good = experiment_check_seeds(experiments[i], &error);
    int code;
    if (!good) {
        code = cli_fail(options, &error);
    } else {
        warn(options, experiments, count);
        if (options->budget) code = check_budget(options, experiments, count);
        else if (options->tier == TIER_COMMIT) code = check_commits(options, experiments, count);
        else if (options->tier == TIER_RELEASE) code = check_release(options, experiments, count);
        else code = check_runs(options, experiments, count);
    }
    cli_unload(experiments, count);
    return code;
}
