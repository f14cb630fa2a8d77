#include "benchmarks/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/correlation.h"
#include "core/arena.h"

const double BASELINE_LEVEL = 0.01;

// ---- one number per run --------------------------------------------------------------------------------------------------------

// The quantity of a claim, run by run, from however many arms it has.
typedef struct Effects {
    int n;
    double *value;
    bool *failed;
    int *stratum;    // by label, in order of appearance in the stored runs
} Effects;

static double effect_of(const Arms *arms, int i) {
    const Arm *a = &arms->arms[0];
    if (arms->count > 1) return a->value[i] - arms->arms[1].value[i];
    return isfinite(a->other[i]) ? a->value[i] - a->other[i] : a->value[i];
}

// Larger is better, whatever the claim says.
static double sign_of(ClaimKind kind) {
    return kind == CLAIM_AT_MOST || kind == CLAIM_TREND ? -1 : 1;
}

static bool two_sided(ClaimKind kind) {
    return kind == CLAIM_WITHIN || kind == CLAIM_EQUIVALENT || kind == CLAIM_REPRODUCES;
}

static int label_index(const Arm *arm, const char *label) {
    int index = 0;
    for (int i = 0; i < arm->n; i++) {
        bool first = true;
        for (int k = 0; k < i && first; k++) first = strcmp(arm->label[k], arm->label[i]) != 0;
        if (!first) continue;
        if (strcmp(arm->label[i], label) == 0) return index;
        index++;
    }
    return -1;
}

static int row_of(const Arm *arm, const char *label, int64_t seed) {
    for (int i = 0; i < arm->n; i++) {
        if (arm->seed[i] == seed && strcmp(arm->label[i], label) == 0) return i;
    }
    return -1;
}

static Effects effects_create(int room) {
    size_t count = (size_t)room + 1;
    return (Effects){0, memory_zeroed(count, sizeof(double)), memory_zeroed(count, sizeof(bool)),
                     memory_zeroed(count, sizeof(int))};
}

static void effects_free(Effects *effects) {
    free(effects->value);
    free(effects->failed);
    free(effects->stratum);
}

static void add_effect(Effects *effects, const Arms *arms, int i, double sign, int stratum) {
    int at = effects->n++;
    double value = effect_of(arms, i);
    effects->value[at] = sign * value;
    effects->failed[at] = arms->arms[0].failed[i] || !isfinite(value);
    effects->stratum[at] = stratum;
}

// Both sides in the stored order; a run that only one side has is left out. Returns how many were.
static int match_runs(const CheckRow *fresh, const CheckRow *stored, Effects *now, Effects *then) {
    const Arm *a = &fresh->arms.arms[0], *b = &stored->arms.arms[0];
    double sign = sign_of(fresh->spec->claim.kind);
    int matched = 0;
    for (int i = 0; i < b->n; i++) {
        int k = row_of(a, b->label[i], b->seed[i]);
        if (k < 0) continue;
        int stratum = label_index(b, b->label[i]);
        add_effect(now, &fresh->arms, k, sign, stratum);
        add_effect(then, &stored->arms, i, sign, stratum);
        matched++;
    }
    return a->n + b->n - 2 * matched;
}

static void all_runs(const CheckRow *fresh, const CheckRow *stored, Effects *now, Effects *then) {
    const Arm *a = &fresh->arms.arms[0], *b = &stored->arms.arms[0];
    double sign = sign_of(fresh->spec->claim.kind);
    for (int i = 0; i < a->n; i++) {
        int stratum = label_index(b, a->label[i]);
        if (stratum >= 0) add_effect(now, &fresh->arms, i, sign, stratum);
    }
    for (int i = 0; i < b->n; i++) add_effect(then, &stored->arms, i, sign, label_index(b, b->label[i]));
}

// ---- one claim -----------------------------------------------------------------------------------------------------------------

// The spread of a single run around the mean of its combination.
static double deviation_of(const Effects *effects) {
    double *value = memory_zeroed((size_t)effects->n + 1, sizeof *value);
    int *stratum = memory_zeroed((size_t)effects->n + 1, sizeof *stratum), n = 0;
    for (int i = 0; i < effects->n; i++) {
        if (effects->failed[i]) continue;
        stratum[n] = effects->stratum[i];
        value[n++] = effects->value[i];
    }
    double deviation = estimate_stratified(value, stratum, n).se * sqrt(n);
    free(value);
    free(stratum);
    return deviation;
}

static bool all_equal(const Effects *now, const Effects *then) {
    bool equal = now->n == then->n && now->n > 0;
    for (int i = 0; i < now->n && equal; i++) {
        equal = now->failed[i] == then->failed[i] && (now->failed[i] || now->value[i] == then->value[i]);
    }
    return equal;
}

static Claim gate_claim(const ClaimSpec *spec, double margin, bool paired) {
    Claim claim = claim_default(two_sided(spec->claim.kind) ? CLAIM_EQUIVALENT : CLAIM_NONINFERIOR);
    claim.id = spec->id;
    claim.threshold = margin;
    claim.paired = paired;
    claim.failed = FAILED_DROP;
    claim.fewest = 2;
    claim.level_pass = 0.05;
    claim.level_fail = BASELINE_LEVEL;
    if (spec->claim.failed == FAILED_WORST) {
        claim.failed = FAILED_WORST;
        claim.worst = sign_of(spec->claim.kind) * spec->claim.worst;
    }
    return claim;
}

static ClaimResult compare_means(const ClaimSpec *spec, const Effects *now, const Effects *then, double margin, bool paired) {
    Claim claim = gate_claim(spec, margin, paired);
    ClaimArm a = {.value = now->value, .failed = now->failed, .stratum = now->stratum, .n = now->n};
    ClaimArm b = {.value = then->value, .failed = then->failed, .stratum = then->stratum, .n = then->n};
    return claim_judge(&claim, &a, &b);
}

static Estimate correlation_of(const CheckRow *row) {
    const Arm *arm = &row->arms.arms[0];
    double *x = memory_zeroed(2 * (size_t)arm->n + 1, sizeof *x), *y = x + arm->n;
    int n = 0;
    for (int i = 0; i < arm->n; i++) {
        if (arm->failed[i] || !isfinite(arm->value[i]) || !isfinite(arm->other[i])) continue;
        x[n] = arm->value[i];
        y[n++] = arm->other[i];
    }
    Estimate estimate = spearman_estimate(spearman(x, y, n), n);
    free(x);
    return estimate;
}

// Means of one: the claim is judged from an estimate instead of runs, through two summary arms.
static ClaimResult compare_correlations(const CheckRow *fresh, const CheckRow *stored, double *margin) {
    Estimate now = correlation_of(fresh), then = correlation_of(stored);
    if (isnan(*margin)) *margin = then.se * sqrt((double)stored->arms.arms[0].n);
    Claim claim = gate_claim(fresh->spec, isnan(*margin) ? 1 : *margin, false);
    return claim_judge_estimate(&claim, estimate_difference(now, then), fresh->arms.arms[0].n, stored->arms.arms[0].n);
}

static void compare(const CheckRow *fresh, const CheckRow *stored, bool paired, BaselineRow *row) {
    row->spec = fresh->spec;
    row->margin = fresh->spec->gate_margin;
    int room = fresh->arms.arms[0].n + stored->arms.arms[0].n;
    Effects now = effects_create(room), then = effects_create(room);
    if (paired) row->unmatched = match_runs(fresh, stored, &now, &then);
    else all_runs(fresh, stored, &now, &then);
    row->same = paired && row->unmatched == 0 && all_equal(&now, &then);
    if (fresh->spec->claim.kind == CLAIM_CORRELATES) {
        row->result = compare_correlations(fresh, stored, &row->margin);
    } else {
        if (isnan(row->margin)) row->margin = deviation_of(&then);
        if (!(row->margin > 0)) row->margin = 1e-9;    // the stored runs are all alike: any change counts
        row->result = compare_means(fresh->spec, &now, &then, row->margin, paired);
    }
    if (row->same) row->result.verdict = VERDICT_PASS, row->result.p = 0, row->result.p_fail = 1;
    effects_free(&now);
    effects_free(&then);
}

// ---- all of them ---------------------------------------------------------------------------------------------------------------

static const CheckRow *find_row(const CheckReport *report, const char *id) {
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->rows[i].spec->id, id) == 0) return &report->rows[i];
    }
    return NULL;
}

BaselineReport *baseline_compare(const CheckReport *fresh, const CheckReport *stored, bool paired) {
    BaselineReport *report = memory_zeroed(1, sizeof *report);
    report->rows = memory_zeroed(fresh->count + 1, sizeof *report->rows);
    Claim *claims = memory_zeroed(fresh->count + 1, sizeof *claims);
    ClaimResult *results = memory_zeroed(fresh->count + 1, sizeof *results);
    for (size_t i = 0; i < fresh->count; i++) {
        const CheckRow *row = &fresh->rows[i], *old = find_row(stored, row->spec->id);
        if (!claim_is_tested(row->spec->claim.kind) || !old || row->arms.count == 0 || old->arms.count == 0) continue;
        BaselineRow *compared = &report->rows[report->count];
        compare(row, old, paired, compared);
        claims[report->count] = gate_claim(row->spec, compared->margin, paired);
        results[report->count++] = compared->result;
    }
    claims_settle(claims, results, (int)report->count);
    for (size_t i = 0; i < report->count; i++) {
        report->rows[i].result = results[i];
        report->worse += results[i].verdict == VERDICT_FAIL;
    }
    free(claims);
    free(results);
    return report;
}

void baseline_free(BaselineReport *report) {
    if (!report) return;
    free(report->rows);
    free(report);
}
