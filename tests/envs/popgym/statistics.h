// Returns of policies against those measured on the original (tests/golden/popgym). One row alone is a bad test: z values of all rows are
// put together, and a row may lie five standard errors away.
#pragma once

#include "benchmarks/studies/conformance.h"
#include "envs/native.h"
#include "tests/envs/popgym/traces.h"

// What several rows say together.
typedef struct StatisticsSum {
    double chi_square;
    int rows, exact;    // rows with an error, and rows without: those must be equal
} StatisticsSum;

static inline void statistics_compare(const CsvTable *table, size_t row, const Native *native, const NativePolicy *policy,
                                      int episodes, StatisticsSum *sum) {
    const ConformanceMean original = {.value = support_number(table, row, "return_mean"),
                                      .error = support_number(table, row, "return_se"),
                                      .episodes = support_whole(table, row, "n_episodes")};
    const ConformanceMean found = conformance_play(native, policy, episodes, 7, row);
    const char *name = policy ? policy->name : "uniform_random";
    const double z = conformance_z(found, original);
    if (isnan(z)) {
        if (!conformance_same(found, original))
            fail_msg("%s, %s: return %.12g, not %.12g", native->type->name, name, found.value, original.value);
        sum->exact++;
        return;
    }
    if (fabs(z) > 5)
        fail_msg("%s, %s: return %.6g, not %.6g: %.1f standard errors", native->type->name, name, found.value, original.value,
                 z);
    sum->chi_square += z * z;
    sum->rows++;
}

// The environment's policy of that name, or the test's own, or NULL.
static inline const NativePolicy *statistics_policy(const NativeType *type, const NativePolicy *more, const char *name) {
    for (int p = 0; p < type->policy_count; p++) {
        if (strcmp(type->policies[p].name, name) == 0) return &type->policies[p];
    }
    return more && strcmp(more->name, name) == 0 ? more : NULL;
}

// All rows of one table for an environment; a policy that the table has and the environment lacks fails the test. `more` or NULL: a policy of the
// test's own.
static inline void statistics_table(const char *path, const NativeType *type, const NativePolicy *more, int episodes,
                                    StatisticsSum *sum) {
    CsvTable *table = support_table(path);
    const int env = csv_column(table, "env"), difficulty = csv_column(table, "difficulty"), name = csv_column(table, "policy");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, env), type->upstream) != 0) continue;
        const NativePolicy *policy = statistics_policy(type, more, csv_text(table, row, name));
        if (!policy && strcmp(csv_text(table, row, name), "uniform_random") != 0)
            fail_msg("%s has no policy %s", type->name, csv_text(table, row, name));
        Native *native = native_create(type, &(NativeParams){.level = (int)trace_level(csv_text(table, row, difficulty))});
        statistics_compare(table, row, native, policy, episodes, sum);
        native_destroy(native);
    }
    csv_destroy(table);
}

// All three tables. The rows together must not be farther off than chance: chi-square below its mean + 4 standard deviations.
static inline void statistics_check_with(const NativeType *type, const NativePolicy *more, int episodes) {
    StatisticsSum sum = {0};
    statistics_table("tests/golden/popgym/random_stats.csv", type, more, episodes, &sum);
    statistics_table("tests/golden/popgym/scripted_stats.csv", type, more, episodes, &sum);
    statistics_table("tests/golden/popgym/oracle_stats.csv", type, more, episodes, &sum);
    print_message("%s: %d rows exact, %d with chi-square %.1f\n", type->name, sum.exact, sum.rows, sum.chi_square);
    assert_true(sum.exact + sum.rows >= 3);
    if (sum.rows > 0) assert_true(sum.chi_square < sum.rows + 4 * sqrt(2.0 * sum.rows));
}

static inline void statistics_check(const NativeType *type, int episodes) {
    statistics_check_with(type, NULL, episodes);
}
