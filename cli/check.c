// engram check: the verdicts of an experiment's claims, by one of four ways to come to them.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benchmarks/behaviour.h"
#include "benchmarks/renew.h"
#include "benchmarks/report.h"
#include "benchmarks/verdicts.h"
#include "cli/cli.h"
#include "cli/verdicts.h"
#include "core/arena.h"

enum { RELEASE_SEEDS = 20 };

// ---- after the verdicts --------------------------------------------------------------------------------------------------

static int undecided_status(const Options *options) {
    return options->undecided == UNDECIDED_PASS   ? EXIT_FINE
           : options->undecided == UNDECIDED_FAIL ? EXIT_DIFFERS
                                                  : EXIT_UNDECIDED;
}

// A contrary claim outweighs an undecided one; what an undecided one means is the caller's choice.
static int exit_status(const Options *options, CheckReport *const *reports, size_t count) {
    int undecided = undecided_status(options), status = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        if (reports[i]->exit_status == CLAIMS_CONTRARY) return EXIT_DIFFERS;
        if (reports[i]->exit_status == CLAIMS_UNDECIDED) status = undecided;
    }
    return status;
}

// `notes` NULL: there is nothing to say beside the verdicts.
static bool write_files(const Options *options, CheckReport *const *reports, const ReportNote *notes, size_t count,
                        Error *error) {
    return (!options->junit || report_write_junit_noted(reports, notes, count, options->junit, error)) &&
           (!options->markdown || report_write_markdown_noted(reports, notes, count, options->markdown, error));
}

static bool keep_record(const Options *options, const CheckReport *report, const char *behaviour, Error *error) {
    char *path = verdicts_path(options->results, report->experiment);
    bool good = verdicts_write(report, behaviour, path, error);
    free(path);
    return good;
}

// ---- judging the runs that are there ---------------------------------------------------------------------------------------

static void free_reports(CheckReport **reports, size_t count) {
    for (size_t i = 0; i < count; i++) check_free(reports[i]);
    free(reports);
}

typedef enum Judging { JUDGE_RUNS, JUDGE_RELEASE, JUDGE_FRESH } Judging;

// NULL after a message; `*code` is then what to end with.
static CheckReport **judge(const Options *options, Experiment *const *experiments, size_t count, Judging judging, int *code) {
    *code = cli_analyse_missing(options, experiments, count, check_needs_analysis);
    if (*code != EXIT_FINE) return NULL;
    CheckReport **reports = memory_zeroed(count + 1, sizeof(CheckReport *));
    CheckOptions how = {.results = options->results,
                        .partial = options->partial,
                        .release = judging == JUDGE_RELEASE,
                        .fresh = judging == JUDGE_FRESH};
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
    return write_files(options, reports, NULL, count, &error) ? exit_status(options, reports, count)
                                                              : cli_fail(options, &error);
}

static int check_runs(const Options *options, Experiment *const *experiments, size_t count) {
    int code;
    Error error;
    CheckReport **reports = judge(options, experiments, count, JUDGE_RUNS, &code);
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
        int64_t seeds = experiments[i]->last_seed - experiments[i]->first_seed + 1;
        if (seeds >= RELEASE_SEEDS) continue;
        error_set(&error, "--tier release judges at least %d seeds, %s has %lld: --seeds %lld..%lld", (int)RELEASE_SEEDS,
                  experiments[i]->name, (long long)seeds, (long long)experiments[i]->first_seed,
                  (long long)experiments[i]->first_seed + RELEASE_SEEDS - 1);
        return cli_fail(options, &error);
    }
    CheckReport **reports = judge(options, experiments, count, JUDGE_RELEASE, &code);
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

// What is known of one experiment at the end.
typedef struct Commit {
    VerdictsRecord *baseline;    // what the gate compares with; NULL: there is none
    VerdictsRecord *last;        // of the last check; NULL: none, or it is the baseline
    CheckReport *judged;         // of runs that were trained for this; NULL: a record is taken up again
    const CheckReport *report;
    BaselineReport *gate;    // NULL: nothing was compared
    char *how, *against;
    int code;
} Commit;

static void commit_free(Commit *commit) {
    baseline_free(commit->gate);
    check_free(commit->judged);
    verdicts_free(commit->baseline);
    verdicts_free(commit->last);
    free(commit->how);
    free(commit->against);
}

// What the gate compares with: the record that was named, or the committed one, or the last check's. One that cannot be read is an error,
// or the gate would be open without a word; the last check's is not: it is only kept for speed.
static bool find_records(const Options *options, const Experiment *experiment, Commit *commit, Error *error) {
    char *committed = verdicts_reference_path(experiment), *last = verdicts_path(options->results, experiment);
    const char *path = options->baseline ? options->baseline : access(committed, F_OK) == 0 ? committed : NULL;
    if (path) commit->baseline = verdicts_read(experiment, path, error);
    bool good = !path || commit->baseline;
    commit->last = good ? verdicts_read(experiment, last, NULL) : NULL;
    if (good && !path) {
        commit->baseline = commit->last;
        commit->last = NULL;
    }
    free(committed);
    free(last);
    return good;
}

static bool is_of(const VerdictsRecord *record, const char *behaviour, const char *claims) {
    return record && strcmp(record->behaviour, behaviour) == 0 && strcmp(record->claims, claims) == 0;
}

// Trains and analyses what the program, as it behaves now, has not yet made.
static bool make_runs(const Options *options, const Experiment *experiment, const char *behaviour, int *code) {
    Error error;
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) {
        *code = cli_fail(options, &error);
        return false;
    }
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    ScheduleOptions schedule = schedule_of(options);
    RenewOptions renewal = {&schedule, ledger_open(options->results, experiment, behaviour), check_needs_analysis(experiment)};
    RenewReport report;
    bool good = renew_runs(runs, sweep->count, &renewal, &report, &error);
    if (good && report.refused > 0) good = error_set(&error, "%zu runs could not be done: named above", report.refused);
    *code = !good ? cli_fail(options, &error) : report.interrupted ? EXIT_INTERRUPTED : EXIT_FINE;
    if (good && report.interrupted) fprintf(stderr, "interrupted; what is done is kept, and the same command goes on\n");
    ledger_close(renewal.ledger);
    free(runs);
    sweep_destroy(sweep);
    return *code == EXIT_FINE;
}

// A FAIL of the gate is confirmed once, on as many fresh seeds, before it blocks. The rule is fixed, so that nobody repeats until it is
// green. False after a message: commit->code.
static bool confirm(const Options *options, const Experiment *experiment, const char *behaviour, Commit *commit) {
    Error error;
    Experiment *fresh = experiment_load(experiment->name, experiment->scale, options->settings, options->setting_count, &error);
    if (!fresh) {
        commit->code = cli_fail(options, &error);
        return false;
    }
    fresh->first_seed = fresh->evidence.first_seed;
    fresh->last_seed = fresh->first_seed + experiment->last_seed - experiment->first_seed;
    fprintf(stderr, "engram check: the gate found %zu claim%s worse; confirming on the fresh seeds %lld..%lld\n",
            commit->gate->worse, commit->gate->worse == 1 ? "" : "s", (long long)fresh->first_seed,
            (long long)fresh->last_seed);
    CheckReport **reports =
        make_runs(options, fresh, behaviour, &commit->code) ? judge(options, &fresh, 1, JUDGE_FRESH, &commit->code) : NULL;
    if (reports) {
        BaselineReport *again = baseline_compare(reports[0], commit->baseline->report, false);
        cli_print_gate(options, again, "the baseline, on fresh seeds", stderr);
        baseline_confirm(commit->gate, again);
        baseline_free(again);
        free_reports(reports, 1);
    }
    experiment_destroy(fresh);
    return reports != NULL;
}

// Only what is worse on the fixed seeds, and again on fresh ones, or a claim that fails against expectation, blocks; what is
// undecided passes, with its label.
static bool compare(const Options *options, const Experiment *experiment, const char *behaviour, Commit *commit) {
    commit->against = memory_format("the runs of %s", commit->baseline->revision);
    commit->gate = baseline_compare(commit->report, commit->baseline->report, true);
    cli_print_gate(options, commit->gate, commit->against, stderr);
    if (strcmp(commit->report->claims, commit->baseline->claims) != 0) {
        fprintf(
            stderr,
            "engram check: the experiment file is not the one of the baseline: quantities that it defines anew are compared "
            "all the same\n");
    }
    return commit->gate->worse == 0 || confirm(options, experiment, behaviour, commit);
}

static char *describe(const Commit *commit, const VerdictsRecord *reused, const char *behaviour) {
    size_t suspected = 0;
    for (size_t i = 0; commit->gate && i < commit->gate->count; i++) suspected += commit->gate->rows[i].suspected;
    const char *found = !commit->gate             ? ""
                        : commit->gate->worse > 0 ? ": WORSE than the baseline, confirmed on fresh seeds"
                        : suspected > 0           ? "; the gate found something worse, but not again on fresh seeds"
                                                  : "; the gate found nothing worse";
    if (reused) {
        return memory_format("reused: behaviour %.12s and claims are those of %s, judged %s%s", behaviour, reused->revision,
                             reused->judged, found);
    }
    if (!commit->baseline) return memory_format("no baseline to compare with: claims are judged alone");
    bool same = strcmp(commit->baseline->behaviour, behaviour) == 0, known = *commit->baseline->behaviour != '\0';
    return memory_format("%s%s",
                         same    ? "behaviour unchanged, judged anew"
                         : known ? "behaviour changed"
                                 : "behaviour of the baseline not on record",
                         found);
}

// A record that was found worse does not become the last one: a later check would compare with it, and find nothing.
static bool keep_commit(const Options *options, const Experiment *experiment, const Commit *commit,
                        const VerdictsRecord *reused, const char *behaviour, Error *error) {
    bool worse = commit->gate && commit->gate->worse > 0;
    char *path = worse ? memory_format("%s/verdicts/worse/%s-%s.json", options->results, experiment->name,
                                       scale_names[experiment->scale])
                       : verdicts_path(options->results, experiment);
    bool good = reused ? verdicts_keep(reused, path, error) : verdicts_write(commit->report, behaviour, path, error);
    free(path);
    return good;
}

// False after a message: commit->code.
static bool check_commit(const Options *options, Experiment *experiment, Commit *commit) {
    Error error;
    char behaviour[DIGEST_SIZE], claims[DIGEST_SIZE];
    bool interrupted = false;
    ScheduleOptions schedule = schedule_of(options);
    *commit = (Commit){0};
    if (!find_records(options, experiment, commit, &error) || !check_claims_digest(experiment, claims, &error) ||
        !behaviour_digest(experiment, options->settings, options->setting_count, &schedule, behaviour, &interrupted, &error)) {
        commit->code = cli_fail(options, &error);
        if (interrupted) commit->code = EXIT_INTERRUPTED;
        return false;
    }
    bool unchanged = is_of(commit->baseline, behaviour, claims);
    const VerdictsRecord *reused = unchanged ? commit->baseline : is_of(commit->last, behaviour, claims) ? commit->last : NULL;
    if (!reused) {
        if (!make_runs(options, experiment, behaviour, &commit->code)) return false;
        CheckReport **reports = judge(options, &experiment, 1, JUDGE_RUNS, &commit->code);
        if (!reports) return false;
        commit->judged = reports[0];
        free(reports);
    }
    commit->report = reused ? reused->report : commit->judged;
    if (commit->baseline && !unchanged && !compare(options, experiment, behaviour, commit)) return false;
    commit->how = describe(commit, reused, behaviour);
    if (keep_commit(options, experiment, commit, reused, behaviour, &error)) return true;
    commit->code = cli_fail(options, &error);
    return false;
}

static void print_commits(const Options *options, CheckReport *const *reports, const ReportNote *notes, size_t count) {
    if (options->csv || options->json) {
        for (size_t i = 0; i < count; i++) fprintf(stderr, "%s: %s\n", reports[i]->experiment->name, notes[i].how);
        cli_print_verdicts(options, reports, count, NULL);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (i) putchar('\n');
        cli_print_verdicts(options, &reports[i], 1, notes[i].how);
    }
}

static int check_commits(const Options *options, Experiment *const *experiments, size_t count) {
    Commit *commits = memory_zeroed(count + 1, sizeof *commits);
    CheckReport **reports = memory_zeroed(count + 1, sizeof(CheckReport *));
    ReportNote *notes = memory_zeroed(count + 1, sizeof *notes);
    size_t done = 0, worse = 0;
    for (bool good = true; done < count && good;) {
        Commit *commit = &commits[done];
        good = check_commit(options, experiments[done], commit);
        if (!good) break;
        reports[done] = (CheckReport *)commit->report;    // printed, not changed
        notes[done++] = (ReportNote){commit->how, commit->gate, commit->against};
        worse += commit->gate ? commit->gate->worse : 0;
    }
    Error error;
    print_commits(options, reports, notes, done);
    int code = exit_status(options, reports, done);
    if (code == EXIT_UNDECIDED) code = EXIT_FINE;
    if (worse > 0) code = EXIT_DIFFERS;
    if (!write_files(options, reports, notes, done, &error)) code = cli_fail(options, &error);
    if (done < count) code = commits[done].code;
    for (size_t i = 0; i < count; i++) commit_free(&commits[i]);
    free(commits);
    free(reports);
    free(notes);
    return code;
}

// ---- a night: fresh seeds up to a budget ----------------------------------------------------------------------------------------

static bool has_tests(const Experiment *experiment) {
    bool found = false;
    for (size_t i = 0; i < experiment->claim_count; i++) found = found || claim_is_tested(experiment->claims[i].claim.kind);
    return found;
}

static bool keep_evidence(const Options *options, const BudgetReport *budget, Error *error) {
    char *log = memory_format("%s/verdicts/allocation.csv", options->results);
    bool good = budget_write_log(budget, log, error);
    free(log);
    for (size_t i = 0; i < budget->count && good; i++) {
        if (!budget->reports[i]) continue;
        const Experiment *experiment = budget->experiments[i];
        char *path = memory_format("%s/verdicts/evidence/%s-%s.json", options->results, experiment->name,
                                   scale_names[experiment->scale]);
        good = verdicts_write(budget->reports[i], budget->behaviours[i], path, error);
        free(path);
    }
    return good;
}

static int finish_budget(const Options *options, const BudgetReport *budget) {
    CheckReport **looked = memory_zeroed(budget->count + 1, sizeof(CheckReport *));
    size_t n = 0, unseen = 0;
    for (size_t i = 0; i < budget->count; i++) {
        if (budget->reports[i]) looked[n++] = budget->reports[i];
        else unseen += has_tests(budget->experiments[i]);
    }
    if (unseen > 0) {
        fprintf(stderr, "engram check: no first look at %zu of %zu experiments: %s\n", unseen, budget->count,
                budget->interrupted ? "interrupted" : "the budget is too small");
    }
    int code = finish(options, looked, n, "evidence from fresh seeds");
    if (code == EXIT_FINE && unseen > 0) code = undecided_status(options);
    free(looked);
    return budget->interrupted && code != EXIT_BAD_INPUT ? EXIT_INTERRUPTED : code;
}

static int check_budget(const Options *options, Experiment *const *experiments, size_t count) {
    Error error;
    double seconds;
    BudgetReport budget;
    ScheduleOptions schedule = schedule_of(options);
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
    bool kept = keep_evidence(options, &budget, &error);
    cli_print_allocation(&budget, options->csv || options->json ? stderr : stdout);
    int code = kept ? finish_budget(options, &budget) : cli_fail(options, &error);
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
        cli_warn(options, experiments, count);
        if (options->budget) code = check_budget(options, experiments, count);
        else if (options->tier == TIER_COMMIT) code = check_commits(options, experiments, count);
        else if (options->tier == TIER_RELEASE) code = check_release(options, experiments, count);
        else code = check_runs(options, experiments, count);
    }
    cli_unload(experiments, count);
    return code;
}
