#include "benchmarks/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

// A described claim is estimated like the judged one of its shape.
static bool claim_of(const ClaimSpec *spec, Claim *claim, Error *error) {
    bool described = is_kind(spec, "described");
    int kind = index_of(claim_kind_names, CLAIM_KIND_COUNT, described ? (spec->has_b ? "superior" : "at_least") : spec->kind);
    int expect = index_of(claim_expectation_names, EXPECTATION_COUNT, spec->expect);
    if (kind < 0) return error_set(error, "%s: claims of kind '%s' cannot be judged", spec->location, spec->kind);
    *claim = claim_default((ClaimKind)kind);
    claim->id = spec->id;
    claim->threshold = kind == CLAIM_SUPERIOR || kind == CLAIM_EQUIVALENT || kind == CLAIM_NONINFERIOR ? spec->margin : spec->threshold;
    claim->fail_below = spec->fail_below;
    claim->share = spec->share;
    claim->paired = spec->has_b && kind == CLAIM_SUPERIOR;
    // A run that broke down has not shown what the share counts: it stands against the claim.
    if (spec->share) claim->failed_value = kind == CLAIM_AT_MOST ? 1 : 0;
    claim->level_pass = spec->level_pass;
    claim->level_fail = spec->level_fail;
    claim->expect = expect < 0 ? EXPECT_OPEN : (ClaimExpectation)expect;
    return claim_check(claim, error) || error_context(error, "%s: ", spec->location);
}

// ---- values per run ------------------------------------------------------------------------------------------------------

typedef struct Arm {
    int n;
    double *value, *other;    // [n]
    bool *failed;
    int *stratum;
    int64_t *seed;
} Arm;

static Arm arm_create(size_t room) {
    return (Arm){0, memory_zeroed(room + 1, sizeof(double)), memory_zeroed(room + 1, sizeof(double)),
                 memory_zeroed(room + 1, sizeof(bool)), memory_zeroed(room + 1, sizeof(int)), memory_zeroed(room + 1, sizeof(int64_t))};
}

static void arm_destroy(Arm *arm) {
    free(arm->value);
    free(arm->other);
    free(arm->failed);
    free(arm->stratum);
    free(arm->seed);
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
    }
    if (arm->n == 0) return error_set(error, "no run of this sweep has %s = %s", spec->where_name, spec->where_value);
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

static bool judge(const ClaimSpec *spec, const Claim *claim, Gathering *gathering, CheckRow *row, Error *error) {
    Arm arm = arm_create(gathering->count);
    bool good = arm_fill(&arm, spec, gathering, error);
    if (good && spec->reference) {
        good = judge_against_reference(spec, claim, gathering, &arm, &row->result, error);
    } else if (good) {
        ClaimArm a = {.value = arm.value, .failed = arm.failed, .stratum = arm.stratum, .n = arm.n};
        ClaimArm b = a;
        b.value = arm.other;
        if (claim->kind == CLAIM_CORRELATES) a.other = arm.other;
        row->result = claim_judge(claim, &a, claim->paired ? &b : NULL);
    }
    row->seeds = distinct_seeds(&arm);
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
        good = claim_of(row->spec, &claims[family], error) && judge(row->spec, &claims[family], gathering, row, error);
        if (!row->judged) row->result.threshold = NAN;
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
