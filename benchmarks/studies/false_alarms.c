#include "benchmarks/studies/false_alarms.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/proportion.h"
#include "benchmarks/baseline.h"
#include "core/arena.h"
#include "core/csv.h"
#include "core/rng.h"

static const ParamSpec rows[] = {
    {"draws", PARAM_INT, offsetof(AlarmParams, draws), "2000", 10, 1000000, NULL, "sets of seeds drawn from the bank"},
    {"banks", PARAM_INT, offsetof(AlarmParams, banks), "200", 0, 100000, NULL, "of the bootstrap interval; 0: none"},
    {"draws_of_bank", PARAM_INT, offsetof(AlarmParams, draws_of_bank), "100", 10, 1000000, NULL,
     "sets drawn from each of these"},
    {"permutations", PARAM_INT, offsetof(AlarmParams, permutations), "1000", 99, 1000000, NULL, "of correlations"},
    {"seed", PARAM_INT, offsetof(AlarmParams, seed), "0", 0, 2147483647, NULL, "of all streams"},
};
const ParamTable alarm_params = {"bench claims", rows, sizeof rows / sizeof *rows, sizeof(AlarmParams)};

const char *const alarm_columns[ALARM_COLUMNS] = {
    "claim",        "kind",          "expect",   "draws",           "pass",       "fail",        "undecided", "contrary",
    "contrary_low", "contrary_high", "blocks",   "blocks_contrary", "blocks_low", "blocks_high", "sigmas",    "worse",
    "worse_low",    "worse_high",    "confirmed"};

// ---- the bank ------------------------------------------------------------------------------------------------------------------

typedef struct Bank {
    CheckReport *all;         // judged on all seeds: its rows have the values
    Reference *references;    // [rows of `all`], n = 0 where a claim has none
    int seeds, set;
    const AlarmParams *params;
} Bank;

// The rows of an arm that have these seeds, in the order of the list; a seed that is there twice counts twice.
static Arm arm_of_seeds(const Arm *arm, const int *seeds, int count) {
    Arm subset = arm_create((size_t)arm->n * (size_t)count);
    subset.unreliable = 0;
    for (int j = 0; j < count; j++) {
        for (int i = 0; i < arm->n; i++) {
            if (arm->block[i] != seeds[j]) continue;
            int at = arm_add(&subset, arm->run[i], arm->label[i], j);
            subset.value[at] = arm->value[i];
            subset.other[at] = arm->other[i];
            subset.failed[at] = arm->failed[i];
            subset.stratum[at] = arm->stratum[i];
            subset.block[at] = j;
        }
    }
    return subset;
}

static CheckReport *judge_set(const Bank *bank, const int *seeds, int count) {
    CheckReport *report = memory_zeroed(1, sizeof *report);
    report->experiment = bank->all->experiment;
    report->rows = memory_zeroed(bank->all->count + 1, sizeof *report->rows);
    for (size_t i = 0; i < bank->all->count; i++) {
        const CheckRow *whole = &bank->all->rows[i];
        CheckRow *row = &report->rows[report->count++];
        row->spec = whole->spec;
        row->arms = (Arms){.count = whole->arms.count, .arms = memory_zeroed((size_t)whole->arms.count + 1, sizeof(Arm))};
        for (int a = 0; a < whole->arms.count; a++) row->arms.arms[a] = arm_of_seeds(&whole->arms.arms[a], seeds, count);
        Claim claim = row->spec->claim;
        claim.permutations = bank->params->permutations;
        const Reference *reference = &bank->references[i];
        if (whole->arms.count > 0)
            row->alone = check_judge_arms(row->spec, &claim, &row->arms, reference->n ? reference : NULL);
        else row->alone = whole->alone;
    }
    check_settle(&report, 1, false);
    return report;
}

// ---- counting ------------------------------------------------------------------------------------------------------------------

typedef struct Tally {
    int draws, pass, fail, undecided, contrary, worse, confirmed, measured;
    double distance, square;    // sums over the measured ones
} Tally;

static bool is_contrary(const CheckRow *row) {
    return claims_exit_status(&row->spec->claim, &row->result, 1) == CLAIMS_CONTRARY;
}

// By how much the nearer bound that can fail stays on its side.
static double distance_from_fail(const CheckRow *row) {
    Interval claimed, tolerated;
    claim_regions(&row->spec->claim, &claimed, &tolerated);
    return fmin(row->result.fail_high - tolerated.low, tolerated.high - row->result.fail_low);
}

static void count_verdict(Tally *tally, const CheckRow *row) {
    double distance = claim_is_tested(row->spec->claim.kind) ? distance_from_fail(row) : (double)NAN;
    if (isfinite(distance)) {
        tally->measured++;
        tally->distance += distance;
        tally->square += distance * distance;
    }
    tally->draws++;
    tally->pass += row->result.verdict == VERDICT_PASS;
    tally->fail += row->result.verdict == VERDICT_FAIL;
    tally->undecided += row->result.verdict == VERDICT_INCONCLUSIVE;
    tally->contrary += is_contrary(row);
}

static bool is_worse(const BaselineReport *gate, const ClaimSpec *spec) {
    for (size_t i = 0; i < gate->count; i++) {
        if ((!spec || gate->rows[i].spec == spec) && gate->rows[i].result.verdict == VERDICT_FAIL) return true;
    }
    return false;
}

// One build: the claims on one set; the gate between it and another as its baseline, confirmed on a third. tallies[rows + 1]: the last
// is the file's.
static void draw(const Bank *bank, const int *seeds, Tally *tallies) {
    int n = bank->set;
    size_t count = bank->all->count;
    CheckReport *fresh = judge_set(bank, seeds, n), *stored = judge_set(bank, seeds + n, n);
    BaselineReport *gate = baseline_compare(fresh, stored, true), *again = NULL;
    if (gate->worse > 0) {
        CheckReport *other = judge_set(bank, seeds + 2 * n, n);
        again = baseline_compare(other, stored, false);
        check_free(other);
    }
    for (size_t i = 0; i <= count; i++) {
        const ClaimSpec *spec = i < count ? fresh->rows[i].spec : NULL;
        bool worse = is_worse(gate, spec);
        if (i < count) count_verdict(&tallies[i], &fresh->rows[i]);
        tallies[i].worse += worse;
        tallies[i].confirmed += worse && again && is_worse(again, spec);
    }
    Tally *file = &tallies[count];
    file->draws++;
    file->pass += fresh->exit_status == CLAIMS_AS_EXPECTED;
    file->undecided += fresh->exit_status == CLAIMS_UNDECIDED;
    file->contrary += fresh->exit_status == CLAIMS_CONTRARY;
    file->fail = file->contrary;
    baseline_free(gate);
    if (again) baseline_free(again);
    check_free(fresh);
    check_free(stored);
}

// `draws` times three sets from the seeds listed in members[size].
static void draw_many(const Bank *bank, const int *members, int size, int draws, Rng *rng, Tally *tallies) {
    int *order = memory_alloc(sizeof(int) * (size_t)size), *chosen = memory_alloc(sizeof(int) * (size_t)size);
    for (int d = 0; d < draws; d++) {
        for (int i = 0; i < size; i++) order[i] = i;
        rng_permutation(rng, size, order);
        for (int i = 0; i < 3 * bank->set; i++) chosen[i] = members[order[i]];
        draw(bank, chosen, tallies);
    }
    free(order);
    free(chosen);
}

// ---- intervals -----------------------------------------------------------------------------------------------------------------

static Interval quantiles(double *value, int count) {
    if (count == 0) return (Interval){NAN, NAN};
    gsl_sort(value, 1, (size_t)count);
    return (Interval){gsl_stats_quantile_from_sorted_data(value, 1, (size_t)count, 0.025),
                      gsl_stats_quantile_from_sorted_data(value, 1, (size_t)count, 0.975)};
}

static void bootstrap_banks(const Bank *bank, AlarmReport *report, void (*say)(const char *text)) {
    int banks = bank->params->banks, rows_count = (int)report->count;
    size_t room = (size_t)banks * report->count;
    double *contrary = memory_zeroed(room + 1, sizeof *contrary), *worse = memory_zeroed(room + 1, sizeof *worse);
    int *members = memory_alloc(sizeof(int) * (size_t)bank->seeds);
    for (int b = 0; b < banks; b++) {
        Rng rng = rng_stream((uint64_t)bank->params->seed, RNG_BOOTSTRAP, (uint32_t)(b + 1));
        for (int i = 0; i < bank->seeds; i++) members[i] = (int)rng_below(&rng, (uint32_t)bank->seeds);
        Tally *tallies = memory_zeroed(report->count, sizeof *tallies);
        draw_many(bank, members, bank->seeds, bank->params->draws_of_bank, &rng, tallies);
        for (int i = 0; i < rows_count; i++) {
            contrary[i * banks + b] = (double)tallies[i].contrary / tallies[i].draws;
            worse[i * banks + b] = (double)tallies[i].worse / tallies[i].draws;
        }
        free(tallies);
        char text[64];
        snprintf(text, sizeof text, "bank %d of %d", b + 1, banks);
        if (say && (b + 1) % 20 == 0) say(text);
    }
    for (int i = 0; i < rows_count; i++) {
        report->rows[i].bootstrap = quantiles(contrary + i * banks, banks);
        report->rows[i].worse_bootstrap = quantiles(worse + i * banks, banks);
    }
    free(members);
    free(contrary);
    free(worse);
}

static void judge_blocks(const Bank *bank, AlarmReport *report) {
    report->block_count = bank->seeds / bank->set;
    int *seeds = memory_alloc(sizeof(int) * (size_t)bank->set);
    for (int b = 0; b < report->block_count; b++) {
        for (int i = 0; i < bank->set; i++) seeds[i] = b * bank->set + i;
        CheckReport *block = judge_set(bank, seeds, bank->set);
        for (size_t i = 0; i < block->count; i++) report->rows[i].blocks_contrary += is_contrary(&block->rows[i]);
        report->rows[block->count].blocks_contrary += block->exit_status == CLAIMS_CONTRARY;
        check_free(block);
    }
    for (size_t i = 0; i < report->count; i++)
        report->rows[i].blocks = proportion_interval(report->rows[i].blocks_contrary, report->block_count, 0.95);
    free(seeds);
}

// ---- the study -----------------------------------------------------------------------------------------------------------------

static void draw_bank(const Bank *bank, AlarmReport *report) {
    int *members = memory_alloc(sizeof(int) * (size_t)bank->seeds);
    for (int i = 0; i < bank->seeds; i++) members[i] = i;
    Tally *tallies = memory_zeroed(report->count, sizeof *tallies);
    Rng rng = rng_stream((uint64_t)bank->params->seed, RNG_BOOTSTRAP, 0);
    draw_many(bank, members, bank->seeds, bank->params->draws, &rng, tallies);
    for (size_t i = 0; i < report->count; i++) {
        const Tally *tally = &tallies[i];
        double draws = tally->draws;
        AlarmRow *row = &report->rows[i];
        row->spec = i < bank->all->count ? bank->all->rows[i].spec : NULL;
        row->pass = tally->pass / draws;
        row->fail = tally->fail / draws;
        row->undecided = tally->undecided / draws;
        row->contrary = tally->contrary / draws;
        double mean = tally->distance / tally->measured, variance = tally->square / tally->measured - mean * mean;
        row->sigmas = tally->measured > 1 && variance > 0 ? mean / sqrt(variance) : NAN;
        row->worse = tally->worse / draws;
        row->confirmed = tally->confirmed / draws;
    }
    free(tallies);
    free(members);
}

static bool read_references(const char *results, Bank *bank, Error *error) {
    const CheckReport *all = bank->all;
    bank->references = memory_zeroed(all->count + 1, sizeof *bank->references);
    Gathering *gathering = gather_runs(results, all->experiment, false, error);
    bool good = gathering != NULL;
    for (size_t i = 0; i < all->count && good; i++) {
        if (all->rows[i].spec->reference) good = reference_read(all->rows[i].spec, gathering, &bank->references[i], error);
    }
    gather_free(gathering);
    return good;
}

static bool check_bank(const Experiment *experiment, const CheckReport *all, int bank, int seeds, Error *error) {
    if (bank < 3 * seeds) {
        return error_set(error,
                         "a bank of %d seeds is too small for sets of %d: three that share no seed must fit; train more with "
                         "`engram run %s --seeds A..B`",
                         bank, seeds, experiment->name);
    }
    if (all->failed > 0)
        return error_set(error, "training broke down in %zu runs of the bank: it does not show unchanged code", all->failed);
    return all->count > 0 || error_set(error, "%s has no claims at scale %s", experiment->path, scale_names[experiment->scale]);
}

AlarmReport *alarms_study(const char *results, const Experiment *experiment, int seeds, const AlarmParams *params,
                          void (*say)(const char *text), Error *error) {
    Bank bank = {.set = seeds, .params = params};
    bank.seeds = (int)(experiment->last_seed - experiment->first_seed + 1);
    bank.all = check_experiment(experiment, &(CheckOptions){.results = results}, error);
    if (!bank.all) return NULL;
    AlarmReport *report = NULL;
    if (check_bank(experiment, bank.all, bank.seeds, seeds, error) && read_references(results, &bank, error)) {
        report = memory_zeroed(1, sizeof *report);
        *report = (AlarmReport){.experiment = experiment,
                                .params = *params,
                                .bank = bank.seeds,
                                .seeds = seeds,
                                .count = bank.all->count + 1,
                                .revision = memory_format("%s", bank.all->revision)};
        memcpy(report->data, bank.all->data, sizeof report->data);
        report->rows = memory_zeroed(report->count, sizeof *report->rows);
        draw_bank(&bank, report);
        bootstrap_banks(&bank, report, say);
        judge_blocks(&bank, report);
    }
    for (size_t i = 0; bank.references && i < bank.all->count; i++) reference_free(&bank.references[i]);
    free(bank.references);
    check_free(bank.all);
    return report;
}

void alarms_free(AlarmReport *report) {
    if (!report) return;
    free(report->rows);
    free(report->revision);
    free(report);
}

void alarms_write_csv(const AlarmReport *report, FILE *out) {
    for (int c = 0; c < ALARM_COLUMNS; c++) fprintf(out, "%s%s", c ? "," : "", alarm_columns[c]);
    fputc('\n', out);
    for (size_t i = 0; i < report->count; i++) {
        const AlarmRow *row = &report->rows[i];
        csv_write_text(out, row->spec ? row->spec->id : "(all)");
        fprintf(out, ",%s,%s,%d", row->spec ? claim_kind_names[row->spec->claim.kind] : "",
                row->spec ? claim_expectation_names[row->spec->claim.expect] : "", report->params.draws);
        const double shares[] = {row->pass, row->fail, row->undecided, row->contrary, row->bootstrap.low, row->bootstrap.high};
        for (int k = 0; k < 6; k++) fprintf(out, ",%.4g", shares[k]);
        fprintf(out, ",%d,%d", report->block_count, row->blocks_contrary);
        const double more[] = {row->blocks.low,          row->blocks.high,          row->sigmas,   row->worse,
                               row->worse_bootstrap.low, row->worse_bootstrap.high, row->confirmed};
        for (int k = 0; k < 7; k++) fprintf(out, isfinite(more[k]) ? ",%.4g" : ",", more[k]);
        fputc('\n', out);
    }
}
