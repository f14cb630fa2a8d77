// The comparison with the original: its sums are sums of its rows, and another environment under the same name is found out.
#include "benchmarks/studies/conformance.h"

#include <gsl/gsl_cdf.h>

#include "envs/popgym/popgym.h"
#include "tests/support.h"

static ConformanceStudy *easy(int episodes) {
    Error error = {0};
    ConformanceStudy *study =
        conformance_run(&(ConformanceParams){.episodes = episodes, .slow_episodes = 2, .level = LEVEL_EASY}, NULL, &error);
    if (!study) fail_msg("%s", error.message);
    return study;
}

static void rows_add_up(void **state) {
    (void)state;
    ConformanceStudy *study = easy(20);
    const ConformanceSum sum = conformance_sum(study, &repeat_first, LEVEL_EASY);
    double chi_square = 0;
    int compared = 0, exact = 0;
    for (int i = 0; i < study->row_count; i++) {
        const ConformanceRow *row = &study->rows[i];
        assert_int_equal(row->level, LEVEL_EASY);
        if (row->type != &repeat_first) continue;
        assert_true(row->ours.steps == 51);
        if (row->exact) {
            exact++;
        } else {
            chi_square += row->z * row->z;
            compared++;
        }
    }
    assert_int_equal(sum.rows, compared);
    assert_int_equal(sum.exact, exact);
    assert_int_equal(sum.rows, 3);
    assert_int_equal(sum.exact, 2);
    assert_int_equal(sum.different, 0);
    assert_true(fabs(sum.chi_square - chi_square) < 1e-12);
    assert_true(fabs(sum.p - gsl_cdf_chisq_Q(chi_square, 3)) < 1e-12);
    assert_int_equal(conformance_sum(study, NULL, LEVEL_HARD).rows, 0);
    assert_true(isnan(conformance_sum(study, NULL, LEVEL_HARD).p));
    conformance_free(study);
}

static void write_original(const char *home, const char *random, const char *policies) {
    char *folder = memory_format("%s/benchmarks/popgym", home);
    char *text = memory_format("environment,level,return_mean,return_se,n_episodes\n%s", random);
    support_write(folder, "upstream-random.csv", text);
    free(text);
    text = memory_format("environment,level,policy,return_mean,return_se,episodes\n%s", policies);
    support_write(folder, "upstream-policies.csv", text);
    free(text);
    free(folder);
}

static void another_environment_is_found_out(void **state) {
    (void)state;
    char *home = support_home("popgym");
    write_original(home, "repeat-first,easy,-0.4,0.002,5000\n", "repeat-first,easy,copy_prev_action,0.98,0,100\n");
    ConformanceStudy *study = easy(50);
    const ConformanceSum sum = conformance_sum(study, NULL, LEVEL_COUNT);
    assert_int_equal(sum.exact, 1);
    assert_int_equal(sum.different, 1);
    assert_int_equal(sum.rows, 1);
    assert_true(sum.p < 1e-6);
    assert_false(conformance_holds(study));
    conformance_free(study);
    assert_int_equal(support_home_remove(home), 0);
}

// Variants that draw the same numbers play other episodes all the same.
static void rows_do_not_share_draws(void **state) {
    (void)state;
    ConformanceStudy *study = easy(20);
    double uniform[2] = {0};
    int found = 0;
    for (int i = 0; i < study->row_count; i++) {
        const ConformanceRow *row = &study->rows[i];
        if (!row->policy && (row->type == &position_only_cartpole || row->type == &velocity_only_cartpole))
            uniform[found++] = row->ours.steps;
    }
    assert_int_equal(found, 2);
    assert_true(uniform[0] != uniform[1]);
    assert_int_equal(study->unplayed_count, 2);
    support_assert_has(study->unplayed[0], "pendulum, easy: oracle_state_dp");
    conformance_free(study);
}

static void what_was_missed_in_few_episodes_has_an_error(void **state) {
    (void)state;
    const ConformanceMean ours = {.value = -0.99, .error = 0.004, .episodes = 1000},
                          few = {.value = -0.999, .error = 0, .episodes = 34};
    const double spread = 0.004 * sqrt(1000.0 * 999 / 1032);
    assert_true(fabs(conformance_z(ours, few) - 0.009 / (spread * sqrt(1.0 / 1000 + 1.0 / 34))) < 1e-12);
    const ConformanceMean alike = {.value = 1, .episodes = 10}, same = {.value = 1 + 1e-12, .episodes = 9},
                          other = {.value = 0.98, .episodes = 9};
    assert_true(isnan(conformance_z(alike, same)) && conformance_same(alike, same));
    assert_true(isnan(conformance_z(alike, other)) && !conformance_same(alike, other));
}

static void a_table_that_cannot_be_read_is_named(void **state) {
    (void)state;
    char *home = support_home("popgym");
    Error error = {0};
    assert_null(conformance_run(&(ConformanceParams){.episodes = 2, .slow_episodes = 2, .level = LEVEL_EASY}, NULL, &error));
    support_assert_has(error.message, "upstream-random.csv");
    write_original(home, "repeat-first,easy,much,0.002,5000\n", "");
    assert_null(conformance_run(&(ConformanceParams){.episodes = 2, .slow_episodes = 2, .level = LEVEL_EASY}, NULL, &error));
    support_assert_has(error.message, "upstream-random.csv:2");
    assert_int_equal(support_home_remove(home), 0);
}

static void the_table_is_kept_whole(void **state) {
    ConformanceStudy *study = easy(2);
    Error error = {0};
    char *folder;
    assert_true(conformance_save(study, *state, &folder, &error));
    char *path = memory_format("%s/policies.csv", folder);
    CsvTable *table = support_table(path);
    assert_int_equal(csv_rows(table), study->row_count);
    assert_string_equal(csv_text(table, 1, csv_column(table, "policy")), conformance_policy_name(&study->rows[1]));
    csv_destroy(table);
    free(path);
    free(folder);
    conformance_free(study);
}

// The committed table, which the figure's bars are read from, is what the environments give now.
static void the_committed_table_is_up_to_date(void **state) {
    (void)state;
    if (!getenv("ENGRAM_TEST_FULL")) skip();
    CsvTable *table = support_table("benchmarks/popgym/policies.csv");
    Error error = {0};
    ConformanceStudy *study =
        conformance_run(&(ConformanceParams){.episodes = 1000, .slow_episodes = 200, .level = LEVEL_EASY}, NULL, &error);
    if (!study) fail_msg("%s", error.message);
    int compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, csv_column(table, "level")), "easy") != 0) continue;
        const ConformanceRow *found = &study->rows[compared++];
        assert_string_equal(csv_text(table, row, csv_column(table, "environment")), found->type->name);
        assert_string_equal(csv_text(table, row, csv_column(table, "policy")), conformance_policy_name(found));
        char text[32];
        snprintf(text, sizeof text, "%.6g", found->ours.value);
        assert_string_equal(csv_text(table, row, csv_column(table, "return_mean")), text);
    }
    assert_int_equal(compared, study->row_count);
    conformance_free(study);
    csv_destroy(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_add_up),
        cmocka_unit_test(another_environment_is_found_out),
        cmocka_unit_test(rows_do_not_share_draws),
        cmocka_unit_test(what_was_missed_in_few_episodes_has_an_error),
        cmocka_unit_test(a_table_that_cannot_be_read_is_named),
        cmocka_unit_test(the_committed_table_is_up_to_date),
        cmocka_unit_test_setup_teardown(the_table_is_kept_whole, support_set_up, support_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
