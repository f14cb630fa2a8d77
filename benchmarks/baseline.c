#include "benchmarks/baseline.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/correlation.h"
#include "core/arena.h"

const double BASELINE_LEVEL = 0.01;

// Where the stored runs are all alike any change counts: a margin of rounding.
static const double SMALLEST_MARGIN = 1e-9;

// ---- one number per run --------------------------------------------------------------------------------------------------------

// The quantity of a claim, run by run, from however many arms it has.
typedef struct Effects {
    int n;
    double *value;
    bool *failed;
    int *stratum;    // by label, in order of appearance in the stored runs
} Effects;

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

// Larger is better, whatever the claim says.
static double sign_of(ClaimKind kind) {
    return kind == CLAIM_AT_MOST || kind == CLAIM_TREND ? -1 : 1;
}

static bool two_sided(ClaimKind kind) {
    return kind == CLAIM_WITHIN || kind == CLAIM_EQUIVALENT || kind == CLAIM_REPRODUCES;
}

// The value, or what the claim says stands for it; NaN: nothing does.
static double standing_for(const ClaimSpec *spec, const Arm *arm, int i, double value) {
    if (!arm->failed[i] && isfinite(value)) return value;
    return spec->claim.failed == FAILED_WORST ? spec->claim.worst : (double)NAN;
}

// Paired arms, or one: every arm has its value for run i.
static double effect_of(const ClaimSpec *spec, const Arms *arms, int i) {
    const Arm *first = &arms->arms[0];
    double a = standing_for(spec, first, i, first->value[i]);
    if (arms->count == 1) return spec->has_b ? a - standing_for(spec, first, i, first->other[i]) : a;
    double least = INFINITY;
    for (int k = 1; k < arms->count; k++) {
        double b = standing_for(spec, &arms->arms[k], i, arms->arms[k].value[i]), step = a - b;
        if (!isfinite(step)) return NAN;
        least = fmin(least, step);
        a = b;
    }
    return least;
}

static bool is_aligned(const ClaimSpec *spec, const Arms *arms) {
    bool aligned = arms->count == 1 || spec->claim.paired;
    for (int k = 1; k < arms->count && aligned; k++) aligned = arms->arms[k].n == arms->arms[0].n;
    return aligned;
}

// ---- which runs belong together ------------------------------------------------------------------------------------------------

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

static void add_effect(Effects *effects, double value, int stratum) {
    int at = effects->n++;
    effects->value[at] = value;
    effects->failed[at] = !isfinite(value);
    effects->stratum[at] = stratum;
}

// Of arm `k`, whose runs give the labels: the arm's own values, or (`whole`) the quantity of the claim.
typedef struct Side {
    const ClaimSpec *spec;
    const Arms *arms;
    int k;
    bool whole;
} Side;

static const Arm *side_arm(const Side *side) {
    return &side->arms->arms[side->k];
}

static double side_value(const Side *side, int i) {
    double value = side->whole ? effect_of(side->spec, side->arms, i)
                               : standing_for(side->spec, side_arm(side), i, side_arm(side)->value[i]);
    return sign_of(side->spec->claim.kind) * value;
}

// Both sides in the stored order; a run that only one side has is left out. Returns how many were.
static int match_runs(const Side *fresh, const Side *stored, Effects *now, Effects *then) {
    const Arm *a = side_arm(fresh), *b = side_arm(stored);
    int matched = 0;
    for (int i = 0; i < b->n; i++) {
        int k = row_of(a, b->label[i], b->seed[i]);
        if (k < 0) continue;
        int stratum = label_index(b, b->label[i]);
        add_effect(now, side_value(fresh, k), stratum);
        add_effect(then, side_value(stored, i), stratum);
        matched++;
    }
    return a->n + b->n - 2 * matched;
}

// The runs of the combinations that both sides have.
static int all_runs(const Side *fresh, const Side *stored, Effects *now, Effects *then) {
    const Arm *a = side_arm(fresh), *b = side_arm(stored);
    for (int i = 0; i < a->n; i++) {
        int stratum = label_index(b, a->label[i]);
        if (stratum >= 0) add_effect(now, side_value(fresh, i), stratum);
    }
    for (int i = 0; i < b->n; i++) {
        if (label_index(a, b->label[i]) >= 0) add_effect(then, side_value(stored, i), label_index(b, b->label[i]));
    }
    return a->n + b->n - now->n - then->n;
}

// ---- means -----------------------------------------------------------------------------------------------------------------------

// Of the runs that are valid.
static Estimate mean_of(const Effects *effects, int *runs) {
    double *value = memory_zeroed((size_t)effects->n + 1, sizeof *value);
    int *stratum = memory_zeroed((size_t)effects->n + 1, sizeof *stratum), n = 0;
    for (int i = 0; i < effects->n; i++) {
        if (effects->failed[i]) continue;
        stratum[n] = effects->stratum[i];
        value[n++] = effects->value[i];
    }
    Estimate estimate = estimate_stratified(value, stratum, n);
    free(value);
    free(stratum);
    if (runs) *runs = n;
    return estimate;
}

// The spread of a single run around the mean of its combination.
static double deviation_of(const Effects *effects) {
    int n;
    Estimate estimate = mean_of(effects, &n);
    return estimate.se * sqrt(n);
}

// new - stored where both are valid.
static Effects differences_of(const Effects *now, const Effects *then) {
    Effects difference = effects_create(now->n);
    for (int i = 0; i < now->n; i++) {
        if (!now->failed[i] && !then->failed[i]) add_effect(&difference, now->value[i] - then->value[i], now->stratum[i]);
    }
    return difference;
}

static bool all_equal(const Effects *now, const Effects *then) {
    bool equal = now->n == then->n && now->n > 0;
    for (int i = 0; i < now->n && equal; i++) {
        equal = now->failed[i] == then->failed[i] && (now->failed[i] || now->value[i] == then->value[i]);
    }
    return equal;
}

static bool newly_failed(const Effects *now, const Effects *then, bool paired) {
    int here = 0, there = 0;
    for (int i = 0; i < now->n; i++) {
        if (paired && now->failed[i] && !then->failed[i]) return true;
        here += now->failed[i];
    }
    for (int i = 0; i < then->n; i++) there += then->failed[i];
    return !paired && here * then->n > there * now->n;
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
    return claim;
}

// ---- without any spread ----------------------------------------------------------------------------------------------------------

// log2 of what the runs that changed for the worse (`direction` -1) or the better (1), beyond the margin, have against chance. NAN where
// others changed the other way.
static double bits_of_pairs(const Effects *difference, double margin, int direction) {
    double bits = 0;
    for (int i = 0; i < difference->n; i++) {
        double change = direction * difference->value[i];
        if (change < -margin) return NAN;
        bits += change > margin;
    }
    return bits;
}

static int runs_of(const Effects *effects, int stratum, double *value) {
    int n = 0;
    for (int i = 0; i < effects->n; i++) {
        if (effects->stratum[i] != stratum || effects->failed[i]) continue;
        *value = effects->value[i];    // all of them have the same
        n++;
    }
    return n;
}

static double bits_of_runs(const Effects *now, const Effects *then, double margin, int direction) {
    double bits = 0;
    int last = 0;
    for (int i = 0; i < then->n; i++) last = then->stratum[i] > last ? then->stratum[i] : last;
    for (int stratum = 0; stratum <= last; stratum++) {
        double here = 0, there = 0;
        int n = runs_of(now, stratum, &here), m = runs_of(then, stratum, &there);
        double change = direction * (here - there);
        if (n == 0 || m == 0) continue;
        if (change < -margin) return NAN;
        if (change > margin) bits += gsl_sf_lnchoose((unsigned)(n + m), (unsigned)n) / M_LN2;
    }
    return bits;
}

// In the place of t, whose error is 0 here. A mean that stayed because some lost what others won decides nothing.
static void judge_by_counting(const Claim *claim, double change, double worse_bits, double better_bits, int runs,
                              ClaimResult *r) {
    bool both = claim->kind == CLAIM_EQUIVALENT, some_lost = isnan(better_bits), some_won = isnan(worse_bits);
    double p_worse = some_won ? 1 : exp2(-worse_bits), p_better = some_lost ? 1 : exp2(-better_bits);
    bool inside = change > -claim->threshold && (!both || change < claim->threshold);
    bool stayed = inside && !some_lost && !(both && some_won);
    r->effect = r->low = r->high = r->fail_low = r->fail_high = change;
    r->p = r->p_adjusted = stayed ? exp2(-runs) : 1;
    r->p_fail = inside ? 1 : both ? fmin(1, 2 * fmin(p_worse, p_better)) : p_worse;
    r->p_fail_adjusted = r->p_fail;
    r->verdict = r->p < claim->level_pass ? VERDICT_PASS : r->p_fail < claim->level_fail ? VERDICT_FAIL : VERDICT_INCONCLUSIVE;
    snprintf(r->reason, sizeof r->reason, "no spread to judge by: %s, p = %.3g by counting runs",
             stayed                  ? "nothing changed beyond the margin"
             : some_lost && some_won ? "some combinations lost what others won"
                                     : "all that changed did so alike",
             inside ? r->p : r->p_fail);
}

static void count_runs(const Claim *claim, const Effects *now, const Effects *then, ClaimResult *r) {
    if (claim->paired) {
        Effects difference = differences_of(now, then);
        Estimate change = mean_of(&difference, NULL);
        if (change.se == 0) {
            judge_by_counting(claim, change.value, bits_of_pairs(&difference, claim->threshold, -1),
                              bits_of_pairs(&difference, claim->threshold, 1), difference.n, r);
        }
        effects_free(&difference);
        return;
    }
    int runs;
    Estimate change = estimate_difference(mean_of(now, &runs), mean_of(then, NULL));
    if (change.se == 0) {
        judge_by_counting(claim, change.value, bits_of_runs(now, then, claim->threshold, -1),
                          bits_of_runs(now, then, claim->threshold, 1), runs, r);
    }
}

// ---- one claim -----------------------------------------------------------------------------------------------------------------

static ClaimResult undecided(const Claim *claim, const char *reason) {
    ClaimResult result = claim_judge_estimate(claim, estimate_undefined, 0, 0);
    snprintf(result.reason, sizeof result.reason, "%s", reason);
    return result;
}

static ClaimResult compare_means(const ClaimSpec *spec, const Effects *now, const Effects *then, double margin, bool paired) {
    Claim claim = gate_claim(spec, margin, paired);
    bool strict = spec->claim.failed == FAILED_ERROR || spec->claim.failed == FAILED_RANK_WORST;
    if (strict && newly_failed(now, then, paired)) return undecided(&claim, "runs broke down that did not before");
    ClaimArm a = {.value = now->value, .failed = now->failed, .stratum = now->stratum, .n = now->n};
    ClaimArm b = {.value = then->value, .failed = then->failed, .stratum = then->stratum, .n = then->n};
    ClaimResult result = claim_judge(&claim, &a, &b);
    bool without_error = isfinite(result.effect) && isnan(result.low);
    if (without_error) count_runs(&claim, now, then, &result);
    return result;
}

static void compare_runs(const CheckRow *fresh, const CheckRow *stored, bool paired, BaselineRow *row) {
    int room = fresh->arms.arms[0].n + stored->arms.arms[0].n;
    Effects now = effects_create(room), then = effects_create(room);
    Side a = {fresh->spec, &fresh->arms, 0, true}, b = {fresh->spec, &stored->arms, 0, true};
    row->unmatched = (paired ? match_runs : all_runs)(&a, &b, &now, &then);
    row->same = paired && row->unmatched == 0 && all_equal(&now, &then);
    if (isnan(row->margin)) row->margin = deviation_of(&then);
    if (!(row->margin > SMALLEST_MARGIN)) row->margin = SMALLEST_MARGIN;
    row->result = compare_means(fresh->spec, &now, &then, row->margin, paired);
    effects_free(&now);
    effects_free(&then);
}

// ---- arms that are not paired ----------------------------------------------------------------------------------------------------

// How the mean of one arm changed, and the stored spread of its runs; adds to what is unmatched, and to the runs of both sides.
static Estimate change_of_arm(const CheckRow *fresh, const CheckRow *stored, int k, bool paired, double *deviation,
                              BaselineRow *row, int *runs) {
    int room = fresh->arms.arms[k].n + stored->arms.arms[k].n;
    Effects now = effects_create(room), then = effects_create(room);
    Side a = {fresh->spec, &fresh->arms, k, false}, b = {fresh->spec, &stored->arms, k, false};
    row->unmatched += (paired ? match_runs : all_runs)(&a, &b, &now, &then);
    row->same = row->same && paired && row->unmatched == 0 && all_equal(&now, &then);
    Estimate change;
    if (paired) {
        Effects difference = differences_of(&now, &then);
        change = mean_of(&difference, runs);
        effects_free(&difference);
    } else {
        change = estimate_difference(mean_of(&now, runs), mean_of(&then, NULL));
    }
    *deviation = deviation_of(&then);
    effects_free(&now);
    effects_free(&then);
    return change;
}

static void compare_apart(const CheckRow *fresh, const CheckRow *stored, bool paired, BaselineRow *row) {
    double deviation_a, deviation_b;
    int last = fresh->arms.count - 1, runs_a, runs_b;
    row->same = true;
    Estimate first = change_of_arm(fresh, stored, 0, paired, &deviation_a, row, &runs_a);
    Estimate other = change_of_arm(fresh, stored, last, paired, &deviation_b, row, &runs_b);
    if (isnan(row->margin)) row->margin = hypot(deviation_a, deviation_b);
    if (!(row->margin > SMALLEST_MARGIN)) row->margin = SMALLEST_MARGIN;
    Claim claim = gate_claim(fresh->spec, row->margin, false);
    row->result = claim_judge_estimate(&claim, estimate_difference(first, other), runs_a, runs_b);
}

// ---- correlations ----------------------------------------------------------------------------------------------------------------

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

static bool same_number(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool same_arm(const Arm *a, const Arm *b, int *unmatched) {
    bool same = a->n == b->n;
    int matched = 0;
    for (int i = 0; i < b->n; i++) {
        int k = row_of(a, b->label[i], b->seed[i]);
        matched += k >= 0;
        same = same && k >= 0 && a->failed[k] == b->failed[i] && same_number(a->value[k], b->value[i]) &&
               same_number(a->other[k], b->other[i]);
    }
    *unmatched = a->n + b->n - 2 * matched;
    return same;
}

static void compare_correlations(const CheckRow *fresh, const CheckRow *stored, bool paired, BaselineRow *row) {
    const Arm *a = &fresh->arms.arms[0], *b = &stored->arms.arms[0];
    Estimate now = correlation_of(fresh), then = correlation_of(stored);
    row->same = same_arm(a, b, &row->unmatched) && paired;
    if (isnan(row->margin)) row->margin = then.se * sqrt((double)b->n);
    if (!(row->margin > SMALLEST_MARGIN)) row->margin = SMALLEST_MARGIN;
    Claim claim = gate_claim(fresh->spec, row->margin, false);
    row->result = claim_judge_estimate(&claim, estimate_difference(now, then), a->n, b->n);
}

// ---- all of them ---------------------------------------------------------------------------------------------------------------

static void compare(const CheckRow *fresh, const CheckRow *stored, bool paired, BaselineRow *row) {
    *row = (BaselineRow){.spec = fresh->spec, .margin = fresh->spec->gate_margin};
    if (fresh->arms.count != stored->arms.count) {
        Claim claim = gate_claim(fresh->spec, 1, paired);
        row->result = undecided(&claim, "the claim had other arms when the runs were stored");
    } else if (fresh->spec->claim.kind == CLAIM_CORRELATES) {
        compare_correlations(fresh, stored, paired, row);
    } else if (is_aligned(fresh->spec, &fresh->arms) && is_aligned(fresh->spec, &stored->arms)) {
        compare_runs(fresh, stored, paired, row);
    } else {
        compare_apart(fresh, stored, paired, row);
    }
    if (row->same) row->result.verdict = VERDICT_PASS, row->result.p = 0, row->result.p_fail = 1;
}

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

const char *baseline_word(const BaselineRow *row) {
    if (row->same) return "the same";
    return row->result.verdict == VERDICT_FAIL ? "worse" : row->result.verdict == VERDICT_PASS ? "not worse" : "not decided";
}

size_t baseline_confirm(BaselineReport *report, const BaselineReport *second) {
    for (size_t i = 0; i < report->count; i++) {
        BaselineRow *row = &report->rows[i];
        if (row->result.verdict != VERDICT_FAIL) continue;
        bool again = false;
        for (size_t k = 0; k < second->count && !again; k++) {
            again = second->rows[k].spec && strcmp(second->rows[k].spec->id, row->spec->id) == 0 &&
                    second->rows[k].result.verdict == VERDICT_FAIL;
        }
        if (again) continue;
        row->result.verdict = VERDICT_INCONCLUSIVE;
        row->suspected = true;
        snprintf(row->result.reason, sizeof row->result.reason, "worse here, but not again on fresh seeds");
        report->worse--;
    }
    return report->worse;
}

void baseline_free(BaselineReport *report) {
    if (!report) return;
    free(report->rows);
    free(report);
}
