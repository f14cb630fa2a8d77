#include "benchmarks/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "benchmarks/reference.h"
#include "core/arena.h"
#include "core/csv.h"

// ---- digests -------------------------------------------------------------------------------------------------------------

// The name and the digest of a run, and the digest of its analysis where that was opened.
static void add_run(Digest *digest, Gathering *gathering, size_t run) {
    const GatheredRun *gathered = &gathering->runs[run];
    const char *name = gathered->run->name, *sealed = gathered->log ? store_digest(gathered->log) : "none";
    digest_update(digest, name, strlen(name) + 1);
    digest_update(digest, sealed, strlen(sealed) + 1);
    if (gathered->analysis)
        digest_update(digest, store_digest(gathered->analysis), strlen(store_digest(gathered->analysis)) + 1);
}

static bool is_in(const Arms *arms, const char *run) {
    for (int i = 0; i < arms->count; i++) {
        for (int k = 0; k < arms->arms[i].n; k++) {
            if (strcmp(arms->arms[i].run[k], run) == 0) return true;
        }
    }
    return false;
}

// Of the runs in the arms; `arms` NULL: of all.
static void data_digest(Gathering *gathering, const Arms *arms, char hex[DIGEST_SIZE]) {
    Digest *digest = digest_create();
    for (size_t i = 0; i < gathering->count; i++) {
        if (!arms || is_in(arms, gathering->runs[i].run->name)) add_run(digest, gathering, i);
    }
    digest_finish(digest, hex);
}

bool check_claims_digest(const Experiment *experiment, char digest[DIGEST_SIZE], Error *error) {
    FILE *file = fopen(experiment->path, "rb");
    if (!file) return error_set(error, "%s cannot be read", experiment->path);
    Digest *sum = digest_create();
    char bytes[4096];
    for (size_t n = fread(bytes, 1, sizeof bytes, file); n > 0; n = fread(bytes, 1, sizeof bytes, file))
        digest_update(sum, bytes, n);
    bool good = !ferror(file);
    fclose(file);
    // What options of the command line changed is in the resolved configuration and in the axes.
    char *base = config_run_text(experiment->base, experiment->first_seed);
    digest_update(sum, base, strlen(base) + 1);
    free(base);
    for (size_t i = 0; i < experiment->axis_count; i++) {
        for (size_t k = 0; k < experiment->axes[i].count; k++) {
            digest_update(sum, experiment->axes[i].values[k], strlen(experiment->axes[i].values[k]) + 1);
        }
    }
    char *rest = memory_format("%s %lld", scale_names[experiment->scale], (long long)experiment->last_seed);
    digest_update(sum, rest, strlen(rest) + 1);
    free(rest);
    digest_finish(sum, digest);
    return good || error_set(error, "%s cannot be read", experiment->path);
}

// ---- one claim -----------------------------------------------------------------------------------------------------------

// The stored digest of a run; NULL if the table has none.
static const char *stored_digest(const CsvTable *table, int run, int digest, const char *name) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, run), name) == 0) return csv_text(table, row, digest);
    }
    return NULL;
}

static bool judge_digests(const ClaimSpec *spec, const Claim *claim, Gathering *gathering, ClaimResult *result, int *seeds,
                          Error *error) {
    char *path =
        spec->digests[0] == '/' ? memory_format("%s", spec->digests) : memory_format("%s/%s", experiment_root(), spec->digests);
    CsvTable *table = csv_read(path, error);
    free(path);
    int run, digest, equal = 0, different = 0, missing = 0;
    bool good = table && csv_require(table, "run", &run, error) && csv_require(table, "digest", &digest, error);
    for (size_t i = 0; good && i < gathering->count; i++) {
        const GatheredRun *gathered = &gathering->runs[i];
        if (!claim_covers(spec, gathered->run)) continue;
        const char *stored = stored_digest(table, run, digest, gathered->run->name);
        if (!stored || !gathered->log) missing++;
        else if (strcmp(stored, store_digest(gathered->log)) == 0) equal++;
        else different++;
    }
    csv_destroy(table);
    if (good) *result = claim_judge_digests(claim, equal, different, missing);
    *seeds = (int)(gathering->experiment->last_seed - gathering->experiment->first_seed + 1);
    return good;
}

ClaimResult check_judge_arms(const ClaimSpec *spec, const Claim *claim, const Arms *arms, const Reference *reference) {
    if (spec->order_count > 0) {
        ClaimArm *ordered = memory_zeroed((size_t)arms->count, sizeof *ordered);
        for (int i = 0; i < arms->count; i++) ordered[i] = arm_of_claim(&arms->arms[i], false);
        ClaimResult result = claim_judge_order(claim, ordered, arms->count);
        free(ordered);
        return result;
    }
    bool ranked = claim->kind == CLAIM_CORRELATES, second = (spec->has_b && !ranked) || reference;
    ClaimArm a = arm_of_claim(&arms->arms[0], ranked), b = a;
    if (reference) b = (ClaimArm){.value = reference->value, .stratum = reference->stratum, .n = reference->n};
    else if (second) b = spec->apart ? arm_of_claim(&arms->arms[1], false) : arm_of_other(&arms->arms[0]);
    return claim_judge(claim, &a, second ? &b : NULL);
}

static bool judge_runs(const ClaimSpec *spec, const Claim *claim, Gathering *gathering, CheckRow *row, Error *error) {
    Reference reference = {0};
    if (!arms_read(spec, gathering, &row->arms, error)) return false;
    if (spec->reference && !reference_read(spec, gathering, &reference, error)) return false;
    row->alone = check_judge_arms(spec, claim, &row->arms, spec->reference ? &reference : NULL);
    reference_free(&reference);
    row->seeds = arm_distinct_seeds(&row->arms.arms[0]);
    for (int i = 0; i < row->arms.count; i++) row->unreliable += row->arms.arms[i].unreliable;
    return true;
}

static bool judge(const CheckOptions *options, Gathering *gathering, CheckRow *row, Error *error) {
    const ClaimSpec *spec = row->spec;
    Claim claim = spec->claim;
    if (options->looks) claim.looks = *options->looks;
    bool good = claim.kind == CLAIM_BITWISE ? judge_digests(spec, &claim, gathering, &row->alone, &row->seeds, error)
                                            : judge_runs(spec, &claim, gathering, row, error);
    if (good) data_digest(gathering, claim.kind == CLAIM_BITWISE ? NULL : &row->arms, row->data);
    return good || error_context(error, "%s: claim %s: ", spec->location, spec->id);
}

// ---- the family ----------------------------------------------------------------------------------------------------------

int check_exit_status(const CheckReport *report) {
    bool undecided = false;
    for (size_t i = 0; i < report->count; i++) {
        int status = claims_exit_status(&report->rows[i].spec->claim, &report->rows[i].result, 1);
        if (status == CLAIMS_CONTRARY) return status;
        undecided = undecided || status == CLAIMS_UNDECIDED;
    }
    return undecided ? CLAIMS_UNDECIDED : CLAIMS_AS_EXPECTED;
}

void check_settle(CheckReport *const *reports, size_t count, bool together) {
    size_t room = 1;
    for (size_t i = 0; i < count; i++) room += reports[i]->count;
    Claim *claims = memory_zeroed(room, sizeof *claims);
    ClaimResult *results = memory_zeroed(room, sizeof *results);
    int n = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++, n++) {
            claims[n] = reports[i]->rows[k].spec->claim;
            if (together) claims[n].family = "";
            results[n] = reports[i]->rows[k].alone;
        }
    }
    claims_settle(claims, results, n);
    n = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < reports[i]->count; k++, n++) {
            reports[i]->rows[k].result = results[n];
            reports[i]->rows[k].promotable = claim_promotable(&claims[n], &results[n]);
        }
        reports[i]->exit_status = check_exit_status(reports[i]);
    }
    free(claims);
    free(results);
}

static bool check_claims(CheckReport *report, const CheckOptions *options, Gathering *gathering, Error *error) {
    const Experiment *experiment = report->experiment;
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *spec = &experiment->claims[i];
        if (spec->release && !options->release) continue;
        CheckRow *row = &report->rows[report->count++];
        row->spec = spec;
        if (!judge(options, gathering, row, error)) return false;
        if (options->looks) {
            Claim claim = spec->claim;
            claim.looks = *options->looks;
            claim_remember(&claim, &row->alone, &options->seen[i]);
        }
    }
    check_settle(&report, 1, false);
    return true;
}

bool check_needs_analysis(const Experiment *experiment) {
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *spec = &experiment->claims[i];
        if (spec->a.measure.series && analyse_makes(spec->a.measure.series)) return true;
        if (spec->has_b && analyse_makes(spec->b.measure.series)) return true;
    }
    return false;
}

static double training_seconds(const Gathering *gathering) {
    double sum = 0;
    char text[64];
    for (size_t i = 0; i < gathering->count; i++) {
        StoreReader *log = gathering->runs[i].log;
        if (log && store_attribute(log, "wall_seconds", text, sizeof text)) sum += strtod(text, NULL);
    }
    return sum;
}

CheckReport *check_experiment(const Experiment *experiment, const CheckOptions *options, Error *error) {
    char claims[DIGEST_SIZE];
    bool allowed = options->fresh || experiment_check_seeds(experiment, error);
    if (!allowed || !check_claims_digest(experiment, claims, error)) return NULL;
    Gathering *gathering = gather_runs(options->results, experiment, options->partial, error);
    if (!gathering) return NULL;
    CheckReport *report = memory_zeroed(1, sizeof *report);
    *report = (CheckReport){.experiment = experiment,
                            .rows = memory_zeroed(experiment->claim_count + 1, sizeof(CheckRow)),
                            .runs = gathering->count,
                            .failed = gathering->failed,
                            .missing = gathering->missing,
                            .stale = gathering->stale,
                            .training_seconds = training_seconds(gathering),
                            .revision = gather_revision(gathering)};
    memcpy(report->claims, claims, sizeof claims);
    bool good = check_claims(report, options, gathering, error);
    if (good) data_digest(gathering, NULL, report->data);
    gather_free(gathering);
    if (good) return report;
    check_free(report);
    return NULL;
}

void check_free(CheckReport *report) {
    if (!report) return;
    for (size_t i = 0; i < report->count; i++) arms_free(&report->rows[i].arms);
    free(report->rows);
    free(report->revision);
    free(report);
}

// ---- before anything is trained ------------------------------------------------------------------------------------------

static int family_size(const Experiment *experiment, const char *family) {
    int count = 0;
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *spec = &experiment->claims[i];
        count += claim_is_tested(spec->claim.kind) && strcmp(spec->family, family) == 0;
    }
    return count;
}

// Rows of the smallest arm of the claim in this sweep.
static int planned_runs(const ClaimSpec *spec, const Sweep *sweep, const Experiment *experiment) {
    int least = arms_planned(spec, &spec->a, spec->order_count > 0 ? &spec->order[0] : NULL, experiment, sweep);
    for (size_t i = 1; i < spec->order_count; i++) {
        int count = arms_planned(spec, &spec->a, &spec->order[i], experiment, sweep);
        least = count < least ? count : least;
    }
    int other = spec->apart ? arms_planned(spec, &spec->b, NULL, experiment, sweep) : least;
    return other < least ? other : least;
}

static char *warning_of(const ClaimSpec *spec, int planned, int needed, int seeds) {
    const char *kind = claim_kind_names[spec->claim.kind];
    if (planned == 0) return memory_format("claim %s (%s) has no runs in this sweep", spec->id, kind);
    if (needed == INT32_MAX) return memory_format("claim %s (%s) cannot pass, however many runs there are", spec->id, kind);
    return memory_format("claim %s (%s) cannot pass with %d runs: it needs %d in each arm, that is %.0f seeds", spec->id, kind,
                         planned, needed, ceil(needed * (double)seeds / planned));
}

char *check_warn(const Experiment *experiment) {
    Sweep *sweep = sweep_expand(experiment, NULL);
    if (!sweep) return NULL;
    char *warning = NULL;
    int seeds = (int)(experiment->last_seed - experiment->first_seed + 1);
    for (size_t i = 0; i < experiment->claim_count; i++) {
        const ClaimSpec *spec = &experiment->claims[i];
        int needed = claim_runs_needed(&spec->claim, family_size(experiment, spec->family));
        int planned = spec->claim.kind == CLAIM_BITWISE ? needed : planned_runs(spec, sweep, experiment);
        if (planned >= needed) continue;
        char *more = warning_of(spec, planned, needed, seeds);
        char *longer = memory_format("%s%s%s", warning ? warning : "", warning ? "\n" : "", more);
        free(more);
        free(warning);
        warning = longer;
    }
    sweep_destroy(sweep);
    return warning;
}

const char *check_verdict(const CheckRow *row) {
    return verdict_names[row->result.verdict];
}
