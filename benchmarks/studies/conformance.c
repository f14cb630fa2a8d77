#include "benchmarks/studies/conformance.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/experiment.h"
#include "benchmarks/studies/save.h"
#include "core/arena.h"
#include "core/csv.h"

static const double no_error = 1e-9;    // less than this is rounding of sums
static const double too_unlikely = 1e-4;

static const char *const level_names[] = {"easy", "medium", "hard", "all", NULL};
static const ParamSpec rows[] = {
    {"episodes", PARAM_INT, offsetof(ConformanceParams, episodes), "1000", 2, 1e7, NULL, "of each policy"},
    {"slow_episodes", PARAM_INT, offsetof(ConformanceParams, slow_episodes), "200", 2, 1e7, NULL,
     "at most, of a policy that takes milliseconds for an action"},
    {"level", PARAM_CHOICE, offsetof(ConformanceParams, level), "all", 0, 0, level_names, "of the environments"},
    {"seed", PARAM_INT, offsetof(ConformanceParams, seed), "0", 0, 2147483647, NULL, "of environments and policies"},
};
const ParamTable conformance_params = {"bench popgym", rows, sizeof rows / sizeof *rows, sizeof(ConformanceParams)};

// ---- what the original scored -------------------------------------------------------------------------------------------------

typedef struct OriginalTable {
    CsvTable *table;
    int environment, level, policy, mean, error, episodes;    // columns; policy -1: all rows are of uniform actions
} OriginalTable;

typedef struct Original {
    OriginalTable random, policies;
} Original;

static bool open_table(const char *name, bool policies, OriginalTable *original, Error *error) {
    char *path = memory_format("%s/benchmarks/popgym/%s", experiment_root(), name);
    CsvTable *table = original->table = csv_read(path, error);
    free(path);
    original->policy = -1;
    return table && csv_require(table, "environment", &original->environment, error) &&
           csv_require(table, "level", &original->level, error) &&
           (!policies || csv_require(table, "policy", &original->policy, error)) &&
           csv_require(table, "return_mean", &original->mean, error) &&
           csv_require(table, "return_se", &original->error, error) &&
           csv_require(table, policies ? "episodes" : "n_episodes", &original->episodes, error);
}

static bool original_open(Original *original, Error *error) {
    return open_table("upstream-random.csv", false, &original->random, error) &&
           open_table("upstream-policies.csv", true, &original->policies, error);
}

static void original_close(Original *original) {
    if (original->random.table) csv_destroy(original->random.table);
    if (original->policies.table) csv_destroy(original->policies.table);
}

// Leaves NaN where the original was not measured with that policy.
static bool original_find(const Original *original, ConformanceRow *row, Error *error) {
    const OriginalTable *from = row->policy ? &original->policies : &original->random;
    row->original = (ConformanceMean){.value = NAN, .error = NAN, .steps = NAN};
    for (size_t i = 0; i < csv_rows(from->table); i++) {
        long episodes;
        if (strcmp(csv_text(from->table, i, from->environment), row->type->name) != 0 ||
            strcmp(csv_text(from->table, i, from->level), native_level_names[row->level]) != 0 ||
            (row->policy && strcmp(csv_text(from->table, i, from->policy), row->policy->name) != 0))
            continue;
        if (!csv_number(from->table, i, from->mean, &row->original.value, error) ||
            !csv_number(from->table, i, from->error, &row->original.error, error) ||
            !csv_integer(from->table, i, from->episodes, 1, INT32_MAX, &episodes, error))
            return false;
        row->original.episodes = (int)episodes;
    }
    return true;
}

// ---- playing and comparing -----------------------------------------------------------------------------------------------------

ConformanceMean conformance_play(const Native *native, const NativePolicy *policy, int episodes, uint64_t seed, uint64_t row) {
    double mean = 0, squares = 0, steps = 0;    // squares of the distances from the mean, as it moves (Welford 1962)
    for (int e = 0; e < episodes; e++) {
        const uint64_t index = row << 32 | (uint64_t)e;
        Rng world = rng_stream(seed, RNG_EVALUATION_ENVIRONMENT, index),
            actor = rng_stream(seed, RNG_EVALUATION_EXPLORATION, index);
        const NativeEpisode played = native_play(native, policy, &world, &actor);
        const double before = played.score - mean;
        mean += before / (e + 1);
        squares += before * (played.score - mean);
        steps += played.steps;
    }
    const double n = episodes;
    return (ConformanceMean){.value = mean, .error = sqrt(squares / (n - 1) / n), .episodes = episodes, .steps = steps / n};
}

// Sum of squares about the mean.
static double spread_of(ConformanceMean mean) {
    const double n = mean.episodes;
    return mean.error * mean.error * n * (n - 1);
}

double conformance_z(ConformanceMean ours, ConformanceMean original) {
    const double degrees = ours.episodes + original.episodes - 2.0,
                 variance = (spread_of(ours) + spread_of(original)) / degrees;
    const double error = sqrt(variance * (1.0 / ours.episodes + 1.0 / original.episodes));
    return error < no_error ? NAN : (ours.value - original.value) / error;
}

bool conformance_same(ConformanceMean ours, ConformanceMean original) {
    return fabs(ours.value - original.value) <= no_error;
}

static bool add_row(ConformanceStudy *study, const Native *native, ConformanceRow row, uint64_t number,
                    const Original *original, Error *error) {
    const ConformanceParams *params = &study->params;
    const bool slow = row.policy && row.policy->slow && params->slow_episodes < params->episodes;
    if (!original_find(original, &row, error)) return false;
    row.ours =
        conformance_play(native, row.policy, slow ? params->slow_episodes : params->episodes, (uint64_t)params->seed, number);
    row.z = conformance_z(row.ours, row.original);
    row.exact = !isnan(row.original.value) && isnan(row.z);
    row.differs = row.exact && !conformance_same(row.ours, row.original);
    study->rows[study->row_count++] = row;
    return true;
}

// Numbers of rows are places in the registry: a row is the same whatever else is played.
static bool add_level(ConformanceStudy *study, size_t place, int level, const Original *original, Error *error) {
    enum { POLICIES_MAX = 64 };
    const NativeType *type = native_types[place];
    Native *native = native_create(type, &(NativeParams){.level = level});
    assert(type->policy_count < POLICIES_MAX);
    bool good = true;
    for (int p = -1; good && p < type->policy_count; p++) {
        const uint64_t number = (place * LEVEL_COUNT + (uint64_t)level) * POLICIES_MAX + (uint64_t)(p + 1);
        const ConformanceRow row = {.type = type, .level = (NativeLevel)level, .policy = p < 0 ? NULL : &type->policies[p]};
        good = add_row(study, native, row, number, original, error);
    }
    native_destroy(native);
    return good;
}

// The original's policies of what was played that have no counterpart.
static void note_unplayed(ConformanceStudy *study, const OriginalTable *from) {
    study->unplayed = memory_zeroed(csv_rows(from->table), sizeof *study->unplayed);
    for (size_t i = 0; i < csv_rows(from->table); i++) {
        const char *environment = csv_text(from->table, i, from->environment), *level = csv_text(from->table, i, from->level);
        const char *policy = csv_text(from->table, i, from->policy);
        bool there = false, played = false;
        for (int r = 0; r < study->row_count; r++) {
            const ConformanceRow *row = &study->rows[r];
            if (strcmp(row->type->name, environment) != 0 || strcmp(native_level_names[row->level], level) != 0) continue;
            there = true;
            played |= strcmp(conformance_policy_name(row), policy) == 0;
        }
        if (there && !played)
            study->unplayed[study->unplayed_count++] = memory_format("%s, %s: %s", environment, level, policy);
    }
}

ConformanceStudy *conformance_run(const ConformanceParams *params, void (*say)(const char *text), Error *error) {
    ConformanceStudy *study = memory_zeroed(1, sizeof *study);
    size_t most = 0;
    for (size_t i = 0; i < native_type_count; i++) most += LEVEL_COUNT * (1 + (size_t)native_types[i]->policy_count);
    *study = (ConformanceStudy){.params = *params, .rows = memory_zeroed(most, sizeof *study->rows)};
    Original original = {0};
    bool good = original_open(&original, error);
    for (size_t i = 0; good && i < native_type_count; i++) {
        if (say) say(native_types[i]->name);
        for (int level = 0; good && level < LEVEL_COUNT; level++) {
            if (params->level == LEVEL_COUNT || params->level == level) good = add_level(study, i, level, &original, error);
        }
    }
    if (good) note_unplayed(study, &original.policies);
    original_close(&original);
    if (good) return study;
    conformance_free(study);
    return NULL;
}

void conformance_free(ConformanceStudy *study) {
    if (!study) return;
    for (int i = 0; i < study->unplayed_count; i++) free(study->unplayed[i]);
    free(study->unplayed);
    free(study->rows);
    free(study);
}

// ---- what it says ----------------------------------------------------------------------------------------------------------------

ConformanceSum conformance_sum(const ConformanceStudy *study, const NativeType *type, NativeLevel level) {
    ConformanceSum sum = {.p = NAN};
    for (int i = 0; i < study->row_count; i++) {
        const ConformanceRow *row = &study->rows[i];
        if ((type && row->type != type) || (level != LEVEL_COUNT && row->level != level) || isnan(row->original.value))
            continue;
        if (row->exact) {
            sum.exact++;
            sum.different += row->differs;
        } else {
            sum.rows++;
            sum.chi_square += row->z * row->z;
        }
    }
    if (sum.rows > 0) sum.p = gsl_cdf_chisq_Q(sum.chi_square, sum.rows);
    return sum;
}

bool conformance_holds(const ConformanceStudy *study) {
    const ConformanceSum all = conformance_sum(study, NULL, LEVEL_COUNT);
    return all.different == 0 && !(all.p < too_unlikely);
}

const char *conformance_policy_name(const ConformanceRow *row) {
    return row->policy ? row->policy->name : "uniform_random";
}

const char *conformance_knows(const ConformanceRow *row) {
    static const char *const names[] = {
        [POLICY_KNOWS_NOW] = "now", [POLICY_KNOWS_HISTORY] = "history", [POLICY_KNOWS_STATE] = "state"};
    return row->policy ? names[row->policy->knows] : "nothing";
}

const char *const conformance_columns[CONFORMANCE_COLUMNS] = {"environment",   "level",       "policy",    "knows",
                                                              "episodes",      "return_mean", "return_se", "steps",
                                                              "original_mean", "original_se", "z"};

static void write_number(FILE *out, double value) {
    fputc(',', out);
    if (isfinite(value)) fprintf(out, "%.6g", value);
}

void conformance_write_csv(const ConformanceStudy *study, FILE *out) {
    for (int c = 0; c < CONFORMANCE_COLUMNS; c++) fprintf(out, "%s%s", c ? "," : "", conformance_columns[c]);
    fputc('\n', out);
    for (int i = 0; i < study->row_count; i++) {
        const ConformanceRow *row = &study->rows[i];
        fprintf(out, "%s,%s,%s,%s,%d", row->type->name, native_level_names[row->level], conformance_policy_name(row),
                conformance_knows(row), row->ours.episodes);
        const double numbers[] = {row->ours.value,     row->ours.error,     row->ours.steps,
                                  row->original.value, row->original.error, row->z};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) write_number(out, numbers[k]);
        fputc('\n', out);
    }
}

static void write_csv(const void *study, FILE *out) {
    conformance_write_csv(study, out);
}

bool conformance_save(const ConformanceStudy *study, const char *results, char **folder, Error *error) {
    static const StudyFiles files = {.folder = "popgym", .name = "policies", .write_csv = write_csv};
    return study_save(&files, study, results, folder, error);
}
