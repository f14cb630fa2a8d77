#include "benchmarks/budget.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "benchmarks/behaviour.h"
#include "benchmarks/forecast.h"
#include "benchmarks/renew.h"
#include "core/arena.h"
#include "core/aside.h"
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
    char behaviour[DIGEST_SIZE];
    Ledger *ledger;
    CheckReport *report;    // of the last look
    ClaimLooks looks;
    ClaimSeen *seen;
    int next;                   // the look to come
    int undecided;              // claims whose verdict could still change the outcome
    double analysis_seconds;    // of one run, from the last look; NaN: not known
    bool closed;                // does not fit any more, or nothing is left to do
} Pool;

// What is still to be made for a look, and what it is thought to take: NaN where nothing is known.
typedef struct Price {
    size_t training, analyses;
    double seconds;
} Price;

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

// Evidence is added up over runs of one behaviour. Known before the seeds are those of a look.
static bool pool_know_behaviour(Pool *pool, const Setting *settings, size_t count, const ScheduleOptions *schedule,
                                bool *interrupted, Error *error) {
    if (pool->closed) return true;
    ScheduleOptions options = *schedule;
    options.limit = 0;
    bool good = behaviour_digest(pool->experiment, settings, count, &options, pool->behaviour, interrupted, error);
    if (good) pool->ledger = ledger_open(schedule->results, pool->experiment, pool->behaviour);
    return good || *interrupted;
}

static const SweepRun **runs_of(const Sweep *sweep) {
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    return runs;
}

static RenewOptions renewal_of(const Pool *pool, const ScheduleOptions *schedule) {
    return (RenewOptions){.schedule = schedule, .ledger = pool->ledger, .analyses = check_needs_analysis(pool->experiment)};
}

// Wall time of one run's training; NaN: a trial of it broke down.
static double seconds_of_run(const SweepRun *const *runs, size_t count, const ScheduleOptions *schedule) {
    Forecast forecast;
    if (!forecast_runs(schedule->results, runs, count, true, true, &forecast, NULL)) return NAN;
    return forecast.planned > 0 ? forecast.seconds / (double)forecast.planned : NAN;
}

// Training and analysis of what the next look lacks, in seconds of wall time. Analyses are taken to cost what they did at the last
// look, at first as much as the training.
static bool expect_cost(const Pool *pool, const ScheduleOptions *schedule, Price *price, Error *error) {
    *price = (Price){0};
    Sweep *sweep = sweep_expand(pool->experiment, error);
    if (!sweep) return false;
    const SweepRun **runs = runs_of(sweep);
    RenewOptions renewal = renewal_of(pool, schedule);
    renew_count(runs, sweep->count, &renewal, &price->training, &price->analyses);
    double training = price->training > 0 ? seconds_of_run(runs, sweep->count, schedule) : 0;
    double analysis = isnan(pool->analysis_seconds) ? training : pool->analysis_seconds;
    price->seconds = ((double)price->training * training + (double)price->analyses * analysis) / schedule->jobs;
    free(runs);
    sweep_destroy(sweep);
    return true;
}

typedef enum Outcome { LOOKED, TIME_WAS_UP, INTERRUPTED, REFUSED } Outcome;

// `limit` 0: never.
static Outcome train_and_analyse(Pool *pool, double limit, const ScheduleOptions *schedule, Error *error) {
    Sweep *sweep = sweep_expand(pool->experiment, error);
    if (!sweep) return REFUSED;
    const SweepRun **runs = runs_of(sweep);
    ScheduleOptions options = *schedule;
    options.limit = limit;
    RenewOptions renewal = renewal_of(pool, &options);
    RenewReport report;
    bool good = renew_runs(runs, sweep->count, &renewal, &report, error);
    if (good && report.refused > 0) good = error_set(error, "%zu runs could not be done: named above", report.refused);
    if (good && isfinite(report.analysis_seconds)) pool->analysis_seconds = report.analysis_seconds;
    free(runs);
    sweep_destroy(sweep);
    return !good ? REFUSED : report.interrupted ? INTERRUPTED : report.expired ? TIME_WAS_UP : LOOKED;
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
    CheckOptions options = {.results = schedule->results, .fresh = true, .looks = &pool->looks, .seen = pool->seen};
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

static BudgetStep *log_step(BudgetReport *report, const Pool *pool, const Price *price, const char *note) {
    BudgetStep *steps = memory_zeroed(report->step_count + 1, sizeof *steps);
    if (report->step_count) memcpy(steps, report->steps, report->step_count * sizeof *steps);
    free(report->steps);
    report->steps = steps;
    BudgetStep *step = &steps[report->step_count++];
    *step = (BudgetStep){.experiment = pool->experiment,
                         .look = pool->looks.look + 1,
                         .looks = pool->looks.count,
                         .seeds = (int)(pool->experiment->last_seed - pool->experiment->first_seed + 1),
                         .new_runs = price->training,
                         .expected = price->seconds,
                         .undecided = pool->undecided};
    snprintf(step->note, sizeof step->note, "%s", note);
    return step;
}

static bool is_work(const Price *price) {
    return price->training + price->analyses > 0;
}

// The next look with the lowest price for each undecided claim that fits into what is left; NULL: none. What costs nothing always fits, and
// what nobody can tell the price of is tried as long as there is time.
static Pool *choose(Pool *pools, size_t count, double left, const ScheduleOptions *schedule, BudgetReport *report,
                    Price *best_price, Error *error, bool *good) {
    Pool *best = NULL;
    double lowest = INFINITY;
    for (size_t i = 0; i < count && *good; i++) {
        Pool *pool = &pools[i];
        if (pool->closed) continue;
        Price price;
        set_look(pool, pool->next);
        *good = expect_cost(pool, schedule, &price, error);
        double seconds = isnan(price.seconds) ? 0 : price.seconds;
        if (*good && is_work(&price) && seconds > left) {
            log_step(report, pool, &price, "does not fit into what is left");
            pool->closed = true;
        } else if (*good && seconds / pool->undecided < lowest) {
            lowest = seconds / pool->undecided;
            best = pool;
            *best_price = price;
        }
    }
    return *good ? best : NULL;
}

static void say_step(const BudgetReport *report, const BudgetStep *step, double left, FILE *out) {
    if (!out) return;
    fprintf(out, "%s: look %d of %d, %d seeds: %s; %d claim%s undecided; ", step->experiment->name, step->look, step->looks,
            step->seeds, step->note, step->undecided, step->undecided == 1 ? "" : "s");
    if (!isnan(step->expected)) fprintf(out, "%.0f s expected, ", step->expected);
    fprintf(out, "%.0f s used, %.0f s of %.0f s left\n", step->used, fmax(0, left), report->seconds);
}

static bool spend(Pool *pools, size_t count, double begin, const ScheduleOptions *schedule, BudgetReport *report,
                  Error *error) {
    bool good = true;
    while (good && !report->interrupted) {
        double left = report->seconds - (now() - begin), started = now();
        Price price;
        Pool *pool = choose(pools, count, left, schedule, report, &price, error, &good);
        if (!pool) break;
        Outcome outcome = train_and_analyse(pool, is_work(&price) ? fmax(0.05, left) : 0, schedule, error);
        good = outcome != REFUSED && (outcome != LOOKED || take_look(pool, schedule, error));
        if (!good) break;
        static const char *const notes[] = {"looked", "time was up; what is trained is kept", "interrupted"};
        BudgetStep *step = log_step(report, pool, &price, notes[outcome]);
        step->used = now() - started;
        report->interrupted = outcome == INTERRUPTED;
        if (outcome == TIME_WAS_UP) pool->closed = true;
        say_step(report, step, report->seconds - (now() - begin), schedule->out);
    }
    return good;
}

static void hand_over(Pool *pools, size_t count, BudgetReport *report) {
    for (size_t i = 0; i < count; i++) {
        report->experiments[i] = pools[i].experiment;
        report->reports[i] = pools[i].report;
        memcpy(report->behaviours[i], pools[i].behaviour, DIGEST_SIZE);
        ledger_close(pools[i].ledger);
        free(pools[i].seen);
    }
}

bool budget_spend(Experiment *const *experiments, size_t count, const Setting *settings, size_t setting_count, double seconds,
                  const ScheduleOptions *schedule, BudgetReport *report, Error *error) {
    *report = (BudgetReport){.count = count, .seconds = seconds};
    report->experiments = memory_zeroed(count + 1, sizeof *report->experiments);
    report->reports = memory_zeroed(count + 1, sizeof *report->reports);
    report->behaviours = memory_zeroed(count + 1, sizeof *report->behaviours);
    Pool *pools = memory_zeroed(count + 1, sizeof *pools);
    double begin = now();
    bool good = true;
    for (size_t i = 0; i < count && good; i++) good = pool_open(&pools[i], experiments[i], settings, setting_count, error);
    for (size_t i = 0; i < count && good && !report->interrupted; i++)
        good = pool_know_behaviour(&pools[i], settings, setting_count, schedule, &report->interrupted, error);
    good = good && spend(pools, count, begin, schedule, report, error);
    report->used = now() - begin;
    hand_over(pools, count, report);
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
    free(report->behaviours);
    free(report->steps);
    *report = (BudgetReport){0};
}

bool budget_write_log(const BudgetReport *report, const char *path, Error *error) {
    Aside aside;
    if (!folder_make_parents(path, error) || !aside_open(&aside, path, error)) return false;
    FILE *file = aside.file;
    fputs("experiment,look,looks,seeds,new_runs,expected_s,used_s,undecided,note\n", file);
    for (size_t i = 0; i < report->step_count; i++) {
        const BudgetStep *step = &report->steps[i];
        csv_write_text(file, step->experiment->name);
        fprintf(file, ",%d,%d,%d,%zu,", step->look, step->looks, step->seeds, step->new_runs);
        if (!isnan(step->expected)) fprintf(file, "%.1f", step->expected);
        fprintf(file, ",%.1f,%d,", step->used, step->undecided);
        csv_write_text(file, step->note);
        fputc('\n', file);
    }
    return aside_close(&aside, error);
}
