#include "benchmarks/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/proportion.h"
#include "benchmarks/analyse.h"
#include "benchmarks/measure.h"
#include "benchmarks/reference.h"
#include "core/arena.h"

// ---- from the file's words to a claim ------------------------------------------------------------------------------------

static bool is_kind(const ClaimSpec *spec, const char *kind) {
    return strcmp(spec->kind, kind) == 0;
}

static int index_of(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return -1;
}

static bool claim_of(const ClaimSpec *spec, Claim *claim, Error *error) {
    int kind = index_of(claim_kind_names, CLAIM_KIND_COUNT, spec->kind);
    int expect = index_of(claim_expectation_names, EXPECTATION_COUNT, spec->expect);
    if (kind < 0) return error_set(error, "%s: claims of kind '%s' cannot be judged", spec->location, spec->kind);
    *claim = claim_default((ClaimKind)kind);
    claim->id = spec->id;
    bool two_arms = kind == CLAIM_SUPERIOR || kind == CLAIM_NONINFERIOR || kind == CLAIM_EQUIVALENT;
    claim->threshold = two_arms ? spec->margin : spec->threshold;
    claim->fail_below = spec->fail_below;
    claim->share = spec->share;
    claim->paired = spec->has_b && two_arms;
    // A run that broke down has not shown what the share counts: it stands against the claim.
    if (spec->share) claim->failed_value = kind == CLAIM_AT_MOST ? 1 : 0;
    claim->level_pass = spec->level_pass;
    claim->level_fail = spec->level_fail;
    claim->expect = expect < 0 ? EXPECT_OPEN : (ClaimExpectation)expect;
    return claim_check(claim, error) || error_context(error, "%s: ", spec->location);
}

// ---- values per run ------------------------------------------------------------------------------------------------------

typedef struct Arm {
    int n, unreliable;
    double *value, *other;    // [n]
    bool *failed;
    int *stratum;
    int64_t *seed;
} Arm;

static Arm arm_create(size_t room) {
    return (Arm){.value = memory_zeroed(room + 1, sizeof(double)),
                 .other = memory_zeroed(room + 1, sizeof(double)),
                 .failed = memory_zeroed(room + 1, sizeof(bool)),
                 .stratum = memory_zeroed(room + 1, sizeof(int)),
                 .seed = memory_zeroed(room + 1, sizeof(int64_t))};
}

static void arm_destroy(Arm *arm) {
    free(arm->value);
    free(arm->other);
    free(arm->failed);
    free(arm->stratum);
    free(arm->seed);
}

// Beside mine/bank stands mine/bank-unreliable: 1 where the estimator doubts its value.
static bool is_doubted(const Measure *measure, Gathering *gathering, size_t run, bool *doubted, Error *error) {
    *doubted = false;
    if (strncmp(measure->series, "mine/", 5) != 0) return true;
    Measure flag = *measure;
    flag.series = memory_format("%s-unreliable", measure->series);
    flag.reduce = REDUCE_MAX;
    flag.reaches = false;
    bool there;
    double value = 0;
    bool good =
        gather_has(gathering, run, flag.series, &there, error) && (!there || measure_run(&flag, gathering, run, &value, error));
    free(flag.series);
    *doubted = value > 0;
    return good;
}

// The runs that the claim speaks about; those that are not finished (which only --partial lets through) are left out.
static bool arm_fill(Arm *arm, const ClaimSpec *spec, Gathering *gathering, Error *error) {
    for (size_t i = 0; i < gathering->count; i++) {
        const GatheredRun *gathered = &gathering->runs[i];
        if (!claim_covers(spec, gathered->run)) continue;
        bool failed = gathered->status == RUN_FAILED;
        if (!gathered->log && !failed) continue;
        int k = arm->n++;
        arm->value[k] = arm->other[k] = NAN;
        arm->failed[k] = failed;
        arm->stratum[k] = gathered->combination;
        arm->seed[k] = gathered->run->seed;
        if (failed) continue;
        if (!measure_run(&spec->a, gathering, i, &arm->value[k], error)) return false;
        if (spec->has_b && !measure_run(&spec->b, gathering, i, &arm->other[k], error)) return false;
        bool a, b = false;
        if (!is_doubted(&spec->a, gathering, i, &a, error)) return false;
        if (spec->has_b && !is_doubted(&spec->b, gathering, i, &b, error)) return false;
        arm->unreliable += a || b;
    }
    if (arm->n == 0) {
        return error_set(error, "no run of this sweep that has ended has %s = %s", spec->where_name, spec->where_value);
    }
    return true;
}

static int distinct_seeds(const Arm *arm) {
    int count = 0;
    for (int i = 0; i < arm->n; i++) {
        bool seen = arm->failed[i];
        for (int k = 0; k < i && !seen; k++) seen = !arm->failed[k] && arm->seed[k] == arm->seed[i];
        count += !seen;
    }
    return count;
}

// ---- numbers without a verdict --------------------------------------------------------------------------------------------

// Mean over combinations of a, or of a - b, with the interval that a claim would have; from however few runs there are.
static ClaimResult describe(const ClaimSpec *spec, const Arm *arm) {
    ClaimResult result = {.verdict = VERDICT_INCONCLUSIVE, .threshold = NAN, .p = NAN, .p_adjusted = NAN, .p_shuffled = NAN};
    double *value = memory_zeroed((size_t)arm->n + 1, sizeof *value), sum = 0;
    int *stratum = memory_zeroed((size_t)arm->n + 1, sizeof *stratum), n = 0;
    for (int i = 0; i < arm->n; i++) {
        double difference = spec->has_b ? arm->value[i] - arm->other[i] : arm->value[i];
        result.failed += !isfinite(difference);
        if (!isfinite(difference)) continue;
        stratum[n] = arm->stratum[i];
        sum += difference;
        value[n++] = difference;
    }
    double level = 1 - 2 * spec->level_pass;
    Estimate estimate = estimate_stratified(value, stratum, n);
    bool share = spec->share && n > 0;
    Interval interval = share ? proportion_interval((int)sum, n, level) : estimate_interval(estimate, level);
    result.effect = share ? sum / n : estimate.value;
    result.low = interval.low;
    result.high = interval.high;
    result.runs_a = n;
    free(value);
    free(stratum);
    return result;
}

// ---- one claim -----------------------------------------------------------------------------------------------------------

static bool judge_against_reference(const ClaimSpec *spec, const Claim *claim, Gathering *gathering, const Arm *arm,
                                    ClaimResult *result, Error *error) {
    Reference reference;
    if (!reference_read(spec, gathering, &reference, error)) return false;
    ClaimArm ours = {.value = arm->value, .failed = arm->failed, .stratum = arm->stratum, .n = arm->n};
    ClaimArm theirs = {.value = reference.value, .stratum = reference.stratum, .n = reference.n};
    *result = claim_judge(claim, &ours, &theirs);
    reference_free(&reference);
    return true;
}

// `claim` is NULL for what is only described.
static bool judge(const ClaimSpec *spec, const Claim *claim, Gathering *gathering, CheckRow *row, Error *error) {
    Arm arm = arm_create(gathering->count);
    bool good = arm_fill(&arm, spec, gathering, error);
    if (good && !claim) {
        row->result = describe(spec, &arm);
    } else if (good && spec->reference) {
        good = judge_against_reference(spec, claim, gathering, &arm, &row->result, error);
    } else if (good) {
        ClaimArm a = {.value = arm.value, .failed = arm.failed, .stratum = arm.stratum, .n = arm.n};
        ClaimArm b = a;
        b.value = arm.other;
        if (claim->kind == CLAIM_CORRELATES) a.other = arm.other;
        row->result = claim_judge(claim, &a, claim->paired ? &b : NULL);
    }
    row->seeds = distinct_seeds(&arm);
    row->unreliable = arm.unreliable;
    arm_destroy(&arm);
    return good || error_context(error, "%s: claim %s: ", spec->location, spec->id);
}

// ---- the family ----------------------------------------------------------------------------------------------------------

static bool check_claims(CheckReport *report, Gathering *gathering, Error *error) {
    Claim *claims = memory_zeroed(report->count + 1, sizeof *claims);
    ClaimResult *results = memory_zeroed(report->count + 1, sizeof *results);
    CheckRow **judged = memory_zeroed(report->count + 1, sizeof *judged);
    int family = 0;
    bool good = true;
    for (size_t i = 0; i < report->count && good; i++) {
        CheckRow *row = &report->rows[i];
        row->spec = &report->experiment->claims[i];
        row->judged = !is_kind(row->spec, "described");
        Claim *claim = row->judged ? &claims[family] : NULL;
        good = (!claim || claim_of(row->spec, claim, error)) && judge(row->spec, claim, gathering, row, error);
        if (good && row->judged) {
            results[family] = row->result;
            judged[family++] = row;
        }
    }
    if (good) {
        claims_settle(claims, results, family);
        for (int i = 0; i < family; i++) {
            judged[i]->result = results[i];
            judged[i]->promotable = claim_promotable(&claims[i], &results[i]);
        }
        report->exit_status = claims_exit_status(claims, results, family);
    }
    free(claims);
    free(results);
    free(judged);
    return good;
}

bool check_needs_analysis(const Experiment *experiment) {
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *spec = &experiment->claims[i];
        if (analyse_makes(spec->a.series) || (spec->has_b && analyse_makes(spec->b.series))) return true;
    }
    return false;
}

CheckReport *check_experiment(const char *results, const Experiment *experiment, bool partial, Error *error) {
    Gathering *gathering = gather_runs(results, experiment, partial, error);
    if (!gathering) return NULL;
    CheckReport *report = memory_zeroed(1, sizeof *report);
    *report = (CheckReport){.experiment = experiment,
                            .count = experiment->claim_count,
                            .rows = memory_zeroed(experiment->claim_count + 1, sizeof(CheckRow)),
                            .runs = gathering->count,
                            .failed = gathering->failed,
                            .missing = gathering->missing,
                            .stale = gathering->stale,
                            .revision = gather_revision(gathering)};
    bool good = check_claims(report, gathering, error);
    gather_free(gathering);
    if (good) return report;
    check_free(report);
    return NULL;
}

void check_free(CheckReport *report) {
    if (!report) return;
    free(report->rows);
    free(report->revision);
    free(report);
}

const char *check_verdict(const CheckRow *row) {
    return row->judged ? verdict_names[row->result.verdict] : "described";
}
