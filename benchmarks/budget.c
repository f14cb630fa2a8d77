#include "benchmarks/budget.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/analyse.h"
#include "benchmarks/forecast.h"
#include "core/arena.h"
#include "core/csv.h"
#include "core/folder.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

bool budget_parse(const char *text, double *seconds, Error *error) {
    char *end;
    double value = strtod(text, &end), unit = 1;
    if (strcmp(end, "m") == 0) unit = 60;
    else if (strcmp(end, "h") == 0) unit = 3600;
    else if (strcmp(end, "s") != 0 && *end) value = NAN;
    if (end == text || !isfinite(value) || !(value > 0) || value * unit > 1e8)
        return error_set(error, "'%.40s': expected a time above 0, as 90s, 20m or 2h", text);
    *seconds = value * unit;
    return true;
}

// ---- one experiment ------------------------------------------------------------------------------------------------------------

typedef struct Pool {
    Experiment *experiment;
    CheckReport *report;    // of the last look
    ClaimLooks looks;
    ClaimSeen *seen;
    int next;                   // the look to come
    int undecided;              // claims whose verdict could still change the outcome
    double analysis_seconds;    // of one run, from the last look; NaN: not known
    bool closed;                // does not fit any more, or nothing is left to do
} Pool;

static void set_look(Pool *pool, int look) {
    const EvidencePlan *plan = &pool->experiment->evidence;
    pool->looks.look = look;
    pool->experiment->first_seed = plan->first_seed;
    pool->experiment->last_seed = plan->first_seed + plan->looks[look] - 1;
}

static bool pool_open(Pool *pool, const Experiment *like, const Setting *settings, size_t count, Error *error) {
    *pool = (Pool){.experiment = experiment_load(like->name, like->scale, settings, count, error), .analysis_seconds = NAN};
    if (!pool->experiment) return false;
    const EvidencePlan *plan = &pool->experiment->evidence;
    pool->looks = (ClaimLooks){.count = plan->look_count, .pocock = plan->pocock};
    for (int k = 0; k < plan->look_count; k++)
        pool->looks.fraction[k] = (double)plan->looks[k] / plan->looks[plan->look_count - 1];
    size_t claims = pool->experiment->claim_count;
    pool->seen = memory_zeroed(claims + 1, sizeof *pool->seen);
    for (size_t i = 0; i < claims; i++) {
        pool->seen[i] = (ClaimSeen){1, 1};
        pool->undecided += claim_is_tested(pool->experiment->claims[i].claim.kind);
    }
    pool->closed = pool->undecided == 0;
    return true;
}

static const SweepRun **runs_of(const Sweep *sweep) {
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    return runs;
}

// Training and analysis of what the next look lacks, in seconds of wall time. Analyses are taken to cost what they did at the last
// look, at first as much as the training.
static bool expect_cost(const Pool *pool, const ScheduleOptions *schedule, double *seconds, size_t *new_runs, Error *error) {
    Sweep *sweep = sweep_expand(pool->experiment, error);
    if (!sweep) return false;
    const SweepRun **runs = runs_of(sweep);
    Forecast forecast;
    bool good = forecast_runs(schedule->results, runs, sweep->count, schedule->redo_stale, false, &forecast, error);
    if (good) {
        double planned = (double)forecast.planned, each = planned > 0 ? forecast.seconds / planned : 0;
        double analysis = !check_needs_analysis(pool->experiment) ? 0
                          : isnan(pool->analysis_seconds)         ? each
                                                                  : pool->analysis_seconds;
        *seconds = planned * (each + analysis) / schedule->jobs;
        *new_runs = forecast.planned;
    }
    free(runs);
    sweep_destroy(sweep);
    return good;
}

static bool work(const Sweep *sweep, const ScheduleOptions *options, ScheduleReport *report, Error *error) {
    const SweepRun **runs = runs_of(sweep);
    bool good = schedule_runs(runs, sweep->count, options, report, error);
    free(runs);
    if (good && report->refused > 0) return error_set(error, "%zu runs could not be done: named above", report->refused);
    return good;
}

typedef enum Outcome { LOOKED, TIME_WAS_UP, INTERRUPTED, REFUSED } Outcome;

static Outcome train_and_analyse(Pool *pool, double limit, const ScheduleOptions *schedule, Error *error) {
    Sweep *sweep = sweep_expand(pool->experiment, error);
    if (!sweep) return REFUSED;
    ScheduleOptions options = *schedule;
    options.limit = limit;
    ScheduleReport trained, analysed = {0};
    double begin = now();
    bool good = work(sweep, &options, &trained, error), done = good && !trained.expired && !trained.interrupted;
    if (done && check_needs_analysis(pool->experiment)) {
        options.work = &analyse_work;
        options.limit = fmax(1, limit - (now() - begin));
        double middle = now();
        good = work(sweep, &options, &analysed, error);
        if (good && analysed.finished > 0)
            pool->analysis_seconds = (now() - middle) * schedule->jobs / (double)analysed.finished;
    }
    sweep_destroy(sweep);
    if (!good) return REFUSED;
    if (trained.interrupted || analysed.interrupted) return INTERRUPTED;
    return trained.expired || analysed.expired ? TIME_WAS_UP : LOOKED;
}

// Claims that more seeds could still decide: undecided ones, open or not. What is only described or bitwise is never one.
static int count_undecided(const CheckReport *report) {
    int count = 0;
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        count += claim_is_tested(row->spec->claim.kind) && row->result.verdict == VERDICT_INCONCLUSIVE;
    }
    return count;
}

static bool take_look(Pool *pool, const ScheduleOptions *schedule, Error *error) {
    CheckOptions options = {.results = schedule->results, .looks = &pool->looks, .seen = pool->seen};
    CheckReport *report = check_experiment(pool->experiment, &options, error);
    if (!report) return false;
    check_free(pool->report);
    pool->report = report;
    pool->undecided = count_undecided(report);
    pool->next++;
    pool->closed = pool->undecided == 0 || pool->next == pool->looks.count;
    return true;
}

// ---- all of them ---------------------------------------------------------------------------------------------------------------

static BudgetStep *log_step(BudgetReport *report, const Pool *pool, const char *note) {
    BudgetStep *steps = memory_zeroed(report->step_count + 1, sizeof *steps);
    if (report->step_count) memcpy(steps, report->steps, report->step_count * sizeof *steps);
    free(report->steps);
    report->steps = steps;
    BudgetStep *step = &steps[report->step_count++];
    *step = (BudgetStep){.experiment = pool->experiment,
                         .look = pool->looks.look + 1,
                         .looks = pool->looks.count,
                         .seeds = (int)(pool->experiment->last_seed - pool->experiment->first_seed + 1),
                         .undecided = pool->undecided};
    snprintf(step->note, sizeof step->note, "%s", note);
    return step;
}

// The next look with the lowest price for each undecided claim that fits into what is left; NULL: none.
static Pool *choose(Pool *pools, size_t count, double left, const ScheduleOptions *schedule, BudgetReport *report,
                    double *expected, size_t *new_runs, Error *error, bool *good) {
    Pool *best = NULL;
    double lowest = INFINITY;
    for (size_t i = 0; i < count && *good; i++) {
        Pool *pool = &pools[i];
        if (pool->closed) continue;
        double seconds = 0;
        size_t runs = 0;
        set_look(pool, pool->next);
        *good = expect_cost(pool, schedule, &seconds, &runs, error);
        if (*good && runs > 0 && seconds > left) {
            BudgetStep *step = log_step(report, pool, "does not fit into what is left");
            step->expected = seconds;
            step->new_runs = runs;
            pool->closed = true;
        } else if (*good && seconds / pool->undecided < lowest) {
            lowest = seconds / pool->undecided;
            best = pool;
            *expected = seconds;
            *new_runs = runs;
        }
    }
    return *good ? best : NULL;
}

static bool spend(Pool *pools, size_t count, double begin, const ScheduleOptions *schedule, BudgetReport *report,
                  Error *error) {
    bool good = true;
    while (good && !report->interrupted) {
        double expected = 0, left = report->seconds - (now() - begin), started = now();
        size_t new_runs = 0;
        Pool *pool = choose(pools, count, left, schedule, report, &expected, &new_runs, error, &good);
        if (!pool) break;
        Outcome outcome = train_and_analyse(pool, new_runs > 0 ? fmax(1, left) : 0, schedule, error);
        good = outcome != REFUSED && (outcome != LOOKED || take_look(pool, schedule, error));
        if (!good) break;
        static const char *const notes[] = {"looked", "time was up; what is trained is kept", "interrupted"};
        BudgetStep *step = log_step(report, pool, notes[outcome]);
        step->expected = expected;
        step->new_runs = new_runs;
        step->used = now() - started;
        report->interrupted = outcome == INTERRUPTED;
        if (outcome == TIME_WAS_UP) pool->closed = true;
        if (schedule->out) {
            fprintf(schedule->out,
                    "%s: look %d of %d, %d seeds: %s; %d claim%s undecided; %.0f s expected, %.0f s used, %.0f s left\n",
                    pool->experiment->name, step->look, step->looks, step->seeds, step->note, step->undecided,
                    step->undecided == 1 ? "" : "s", step->expected, step->used, fmax(0, report->seconds - (now() - begin)));
        }
    }
    return good;
}

bool budget_spend(Experiment *const *experiments, size_t count, const Setting *settings, size_t setting_count, double seconds,
                  const ScheduleOptions *schedule, BudgetReport *report, Error *error) {
    *report = (BudgetReport){.count = count, .seconds = seconds};
    report->experiments = memory_zeroed(count + 1, sizeof *report->experiments);
    report->reports = memory_zeroed(count + 1, sizeof *report->reports);
    Pool *pools = memory_zeroed(count + 1, sizeof *pools);
    double begin = now();
    bool good = true;
    for (size_t i = 0; i < count && good; i++) good = pool_open(&pools[i], experiments[i], settings, setting_count, error);
    good = good && spend(pools, count, begin, schedule, report, error);
    report->used = now() - begin;
    for (size_t i = 0; i < count; i++) {
        report->experiments[i] = pools[i].experiment;
        report->reports[i] = pools[i].report;
        free(pools[i].seen);
    }
    free(pools);
    if (!good) budget_free(report);
    return good;
}

void budget_free(BudgetReport *report) {
    for (size_t i = 0; i < report->count; i++) {
        check_free(report->reports[i]);
        experiment_destroy(report->experiments[i]);
    }
    free(report->reports);
    free(report->experiments);
    free(report->steps);
    *report = (BudgetReport){0};
}

bool budget_write_log(const BudgetReport *report, const char *path, Error *error) {
    if (!folder_make_parents(path, error)) return false;
    char *aside = memory_format("%s.%ld.tmp", path, (long)getpid());
    FILE *file = fopen(aside, "w");
    if (file) fputs("experiment,look,looks,seeds,new_runs,expected_s,used_s,undecided,note\n", file);
    for (size_t i = 0; file && i < report->step_count; i++) {
        const BudgetStep *step = &report->steps[i];
        csv_write_text(file, step->experiment->name);
        fprintf(file, ",%d,%d,%d,%zu,%.1f,%.1f,%d,", step->look, step->looks, step->seeds, step->new_runs, step->expected,
                step->used, step->undecided);
        csv_write_text(file, step->note);
        fputc('\n', file);
    }
    bool written = file && !ferror(file);
    if (file && fclose(file) != 0) written = false;
    written = written && rename(aside, path) == 0;
    if (!written) {
        error_set(error, "cannot write %s: %s", path, strerror(errno));
        unlink(aside);
    }
    free(aside);
    return written;
}
