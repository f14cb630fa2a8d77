// Returns of policies against those measured on the original (tests/golden/popgym). One row alone is a bad test: z values of all rows are
// put together, and a row may lie five standard errors away.
#pragma once

#include "envs/native.h"
#include "tests/envs/popgym/traces.h"

typedef struct Statistics {
    double sum, sum_squares;    // of a return
    double steps, steps_squares;
    int terminated, episodes;
} Statistics;

static inline Statistics statistics_of(const Native *native, const NativePolicy *policy, int episodes, uint64_t seed) {
    Statistics found = {.episodes = episodes};
    for (int e = 0; e < episodes; e++) {
        Rng world = rng_stream(seed, RNG_TEST, 2 * (uint64_t)e), actor = rng_stream(seed, RNG_TEST, 2 * (uint64_t)e + 1);
        const NativeEpisode played = native_play(native, policy, &world, &actor);
        found.sum += played.score;
        found.sum_squares += played.score * played.score;
        found.steps += played.steps;
        found.steps_squares += (double)played.steps * played.steps;
        found.terminated += played.terminated;
    }
    return found;
}

// What several rows say together.
typedef struct StatisticsSum {
    double chi_square;
    int rows, exact;    // rows with an error, and rows without: those must be equal
} StatisticsSum;

static inline void statistics_compare(const CsvTable *table, size_t row, const Native *native, const NativePolicy *policy,
                                      int episodes, StatisticsSum *sum) {
    const Statistics found = statistics_of(native, policy, episodes, 7 + row);
    const double n = episodes, mean = found.sum / n, variance = fmax(0, (found.sum_squares - n * mean * mean) / (n - 1));
    const double expected = support_number(table, row, "return_mean");
    double error = support_number(table, row, "return_se");
    // The original's few episodes were all alike, ours are not: what is rare may have been missed there, and its error is ours.
    if (error < 1e-9) error = sqrt(variance / support_number(table, row, "n_episodes"));
    const double both = sqrt(variance / n + error * error);
    const char *name = policy ? policy->name : "uniform_random";
    if (both < 1e-9) {
        if (fabs(mean - expected) > 1e-9) fail_msg("%s, %s: return %.12g, not %.12g", native->type->name, name, mean, expected);
        sum->exact++;
        return;
    }
    const double z = (mean - expected) / both;
    if (fabs(z) > 5)
        fail_msg("%s, %s: return %.6g, not %.6g: %.1f standard errors", native->type->name, name, mean, expected, z);
    sum->chi_square += z * z;
    sum->rows++;
}

// All rows of one table for an environment; a policy that the table has and the environment lacks fails the test.
static inline void statistics_table(const char *path, const NativeType *type, int episodes, StatisticsSum *sum) {
    CsvTable *table = support_table(path);
    const int env = csv_column(table, "env"), difficulty = csv_column(table, "difficulty"), name = csv_column(table, "policy");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, env), type->upstream) != 0) continue;
        const NativePolicy *policy = NULL;
        for (int p = 0; p < type->policy_count; p++) {
            if (strcmp(type->policies[p].name, csv_text(table, row, name)) == 0) policy = &type->policies[p];
        }
        if (!policy && strcmp(csv_text(table, row, name), "uniform_random") != 0)
            fail_msg("%s has no policy %s", type->name, csv_text(table, row, name));
        Native *native = native_create(type, &(NativeParams){.level = (int)trace_level(csv_text(table, row, difficulty))});
        statistics_compare(table, row, native, policy, episodes, sum);
        native_destroy(native);
    }
    csv_destroy(table);
}

// All three tables. The rows together must not be farther off than chance: chi-square below its mean + 4 standard deviations.
static inline void statistics_check(const NativeType *type, int episodes) {
    StatisticsSum sum = {0};
    statistics_table("tests/golden/popgym/random_stats.csv", type, episodes, &sum);
    statistics_table("tests/golden/popgym/scripted_stats.csv", type, episodes, &sum);
    statistics_table("tests/golden/popgym/oracle_stats.csv", type, episodes, &sum);
    print_message("%s: %d rows exact, %d with chi-square %.1f\n", type->name, sum.exact, sum.rows, sum.chi_square);
    assert_true(sum.exact + sum.rows >= 3);
    if (sum.rows > 0) assert_true(sum.chi_square < sum.rows + 4 * sqrt(2.0 * sum.rows));
}
