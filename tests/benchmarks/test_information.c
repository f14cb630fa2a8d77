// The study of estimators of information: against sampling distributions of another implementation (tests/golden/analysis/README.md), its
// streams, what it adds up, its table and its figure.
#include "benchmarks/studies/information.h"

#include <gsl/gsl_sf_psi.h>

#include "analysis/information/mine.h"
#include "benchmarks/studies/figure.h"
#include "tests/support.h"

static InformationStudyParams params_of(int tasks, int pairs, int repetitions, int seed) {
    return (InformationStudyParams){tasks, pairs, repetitions, seed};
}

static InformationStudy *study_of(InformationStudyParams params, const EstimatorType *type) {
    return information_study_run(&params, &type, 1, NULL);
}

static const EstimatorType *estimator(const char *name) {
    Error error = {0};
    const EstimatorType *type = estimator_find(name, &error);
    if (!type) fail_msg("%s", error.message);
    return type;
}

static const InformationStudyRow *row_of(const InformationStudy *study, const char *task) {
    for (int i = 0; i < study->row_count; i++) {
        if (strcmp(study->rows[i].task->name, task) == 0) return &study->rows[i];
    }
    return NULL;
}

// ---- another implementation ----------------------------------------------------------------------------------------------------

// E of the Gaussian estimate less the information, for normal pairs: what ours subtracts and the reference does not.
static double gaussian_bias(int n, int dx, int dy) {
    double bias = 0;
    for (int i = 0; i < dx + dy; i++) {
        double term = gsl_sf_psi((n - 1 - i) / 2.0) / 2;
        bias += (i < dx) * term + (i < dy) * term - term;
    }
    return bias;
}

typedef struct Worst {
    double ratio;    // of a deviation to what is allowed
    int compared;
} Worst;

// As the golden README has it: 4 sd / sqrt(seeds) of the reference and four standard errors of ours.
static void compare(const InformationStudyRow *row, int repetitions, double golden, double sd, int seeds, Worst *worst) {
    double found = row->mean, allowed = 4 * sd / sqrt(seeds) + 4 * row->sd / sqrt(repetitions), off = fabs(found - golden);
    if (!(off <= allowed)) {
        fail_msg("%s by %s: %.4f, golden %.4f +- %.4f", row->task->name, row->estimator->name, found, golden, allowed);
    }
    worst->ratio = fmax(worst->ratio, off / allowed);
    worst->compared++;
}

// The rows of one golden estimator with n = 1000 against a study of them.
static void compare_with_golden(const char *golden, const char *k, InformationStudy *study, bool uncorrected, Worst *worst) {
    CsvTable *table = support_table("tests/golden/analysis/mi/ksg_reference_runs.csv");
    for (size_t i = 0; i < csv_rows(table); i++) {
        const InformationStudyRow *row = row_of(study, csv_text(table, i, csv_column(table, "task")));
        if (!row || support_whole(table, i, "n") != study->params.pairs) continue;
        if (strcmp(csv_text(table, i, csv_column(table, "estimator")), golden) != 0) continue;
        if (strcmp(csv_text(table, i, csv_column(table, "k")), k) != 0) continue;
        InformationStudyRow ours = *row;
        if (uncorrected) ours.mean += gaussian_bias(row->pairs, row->task->dx, row->task->dy);
        compare(&ours, study->params.repetitions, support_number(table, i, "mean"), support_number(table, i, "sd"),
                support_whole(table, i, "seeds"), worst);
    }
    csv_destroy(table);
}

// Every task by correlations: second moments of the pairs are those of the reference.
static void gaussian_is_the_reference(void **state) {
    (void)state;
    Worst worst = {0};
    InformationStudy *study = study_of(params_of(STUDY_ALL, 1000, 5, 0), estimator("gaussian"));
    compare_with_golden("cca_exact", "", study, true, &worst);
    information_study_free(study);
    assert_int_equal(worst.compared, 40);
    print_message("worst deviation: %.2f of what is allowed, %d tasks\n", worst.ratio, worst.compared);
}

// By nearest neighbours, which see everything else; all tasks only in the full tests.
static void ksg_is_the_reference(void **state) {
    (void)state;
    Worst worst = {0};
    bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    static const int families[] = {KNOWN_LINE, KNOWN_ASINH};
    for (int f = 0; f < (full ? 1 : 2); f++) {
        int tasks = full ? (int)STUDY_ALL : (int)STUDY_FAMILY + families[f];
        InformationStudy *study = study_of(params_of(tasks, 1000, full ? 6 : 2, 0), estimator("ksg1"));
        compare_with_golden("ksg1_euclidean_standardized", "5", study, false, &worst);
        information_study_free(study);
    }
    assert_int_equal(worst.compared, full ? 40 : 12);
    print_message("worst deviation: %.2f of what is allowed, %d tasks\n", worst.ratio, worst.compared);
}

// MINE with the settings of the golden runs.
static bool reference_mine(const void *ignored, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    (void)ignored;
    MineParams params;
    param_defaults(&mine_params, &params);
    params.hidden = 64, params.layers = 2, params.batch = 512, params.epochs = 100;
    params.learning_rate = 1e-3, params.alpha = 0.01, params.validation = 0.2, params.scaling = MINE_STANDARD;
    return estimator("mine")->estimate(&params, task, estimate, error);
}

// Three golden runs of a task: their mean and sd.
static double golden_runs(const CsvTable *table, const char *task, double *sd) {
    double sum = 0, squares = 0;
    int n = 0;
    for (size_t i = 0; i < csv_rows(table); i++) {
        if (strcmp(csv_text(table, i, csv_column(table, "task")), task) != 0) continue;
        double value = support_number(table, i, "estimate_on_fresh_sample");
        sum += value, squares += value * value, n++;
    }
    assert_true(n == 0 || n == 3);
    *sd = n ? sqrt((squares - sum * sum / n) / (n - 1)) : NAN;
    return n ? sum / n : NAN;
}

// With 5000 pairs a half: long, so only in the full tests.
static void mine_is_the_reference(void **state) {
    (void)state;
    if (!getenv("ENGRAM_TEST_FULL")) skip();
    const EstimatorType type = {.name = "mine", .estimate = reference_mine};
    CsvTable *table = support_table("tests/golden/analysis/mi/mine_reference_runs.csv");
    Worst worst = {0};
    InformationStudy *study = study_of(params_of(STUDY_SHORT, 5000, 3, 0), &type);
    for (int i = 0; i < study->row_count; i++) {
        double sd, golden = golden_runs(table, study->rows[i].task->name, &sd);
        if (isfinite(golden)) compare(&study->rows[i], 3, golden, sd, 3, &worst);
    }
    information_study_free(study);
    csv_destroy(table);
    assert_int_equal(worst.compared, 10);
    print_message("worst deviation: %.2f of what is allowed, %d tasks\n", worst.ratio, worst.compared);
}

// ---- what is added up ------------------------------------------------------------------------------------------------------------

// Says the truth of a bivariate normal and, by the repetition that the seed names: + 0.1, not a number, - 0.1.
static bool scripted(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    int repetition = (int)(task->seed & 0xffff);
    assert_null(params);
    assert_true(task->train.x.rows == 10 && task->test.x.rows == 10 && task->train.parts == 1 &&
                task->test.y[0].particles == 1);
    assert_true(task->train.x.type == DTYPE_F32 && linalg_is_portable(task->linalg));
    if (task->test.y[0].discrete) return error_set(error, "no labels");
    estimate->value = repetition == 1 ? NAN : -0.5 * log1p(-0.75 * 0.75) + (repetition == 0 ? 0.1 : -0.1);
    estimate->ceiling = repetition == 1 ? NAN : 2.0 + repetition;
    estimate->pairs = 10;
    estimate->unreliable = repetition < 2;
    return true;
}

static void samples_are_added_up(void **state) {
    (void)state;
    const EstimatorType type = {.name = "scripted", .estimate = scripted};
    InformationStudy *study = study_of(params_of(STUDY_SHORT, 10, 3, 5), &type);
    const InformationStudyRow *row = row_of(study, "half_cube-1v1-normal-0.75");
    assert_non_null(row);
    assert_true(row->estimator == &type && row->pairs == 10 && row->undefined == 1 && row->unreliable == 2);
    assert_true(fabs(row->mean - row->truth) < 1e-12 && fabs(row->sd - 0.1 * sqrt(2)) < 1e-12);
    assert_true(row->ceiling == 3 && row->seconds >= 0);
    // Two tasks of the list have labels.
    assert_true(study->row_count == 11 && study->refusal_count == 1);
    assert_null(row_of(study, "uniform-mixture-m5"));
    const InformationStudyRefusal *refusal = study->refusals;
    assert_true(refusal->estimator == &type && refusal->count == 2);
    assert_string_equal(refusal->task->name, "uniform-mixture-m5");
    assert_string_equal(refusal->error.message, "no labels");
    information_study_free(study);
}

static void one_sample_has_no_sd(void **state) {
    (void)state;
    const EstimatorType type = {.name = "scripted", .estimate = scripted};
    InformationStudy *study = study_of(params_of(STUDY_FAMILY + KNOWN_DENSE, 10, 1, 0), &type);
    assert_int_equal(study->row_count, 5);
    assert_true(isnan(study->rows[0].sd) && isfinite(study->rows[0].mean));
    information_study_free(study);
    study = information_study_run(&(InformationStudyParams){STUDY_SHORT, 10, 1, 0}, NULL, 0, NULL);
    assert_true(study->row_count == 0 && study->refusal_count == 0);
    information_study_free(study);
}

// Ross' for a label beside a vector, frequencies for two labels; a variant is named after another estimator, and stands aside as `sliced` does.
static void estimators_get_what_they_are_for(void **state) {
    (void)state;
    InformationStudy *ross = study_of(params_of(STUDY_SHORT, 100, 1, 0), estimator("ross"));
    InformationStudy *plug_in = study_of(params_of(STUDY_ALL, 1000, 3, 0), estimator("plug-in"));
    assert_int_equal(ross->row_count, 1);
    assert_string_equal(ross->rows[0].task->name, "uniform-mixture-m5");
    assert_int_equal(plug_in->row_count, 1);
    assert_string_equal(plug_in->rows[0].task->name, "noisy-label-m5-0.2");
    assert_true(fabs(plug_in->rows[0].mean - plug_in->rows[0].truth) < 0.1 && plug_in->rows[0].unreliable == 0);
    information_study_free(ross);
    information_study_free(plug_in);
    const EstimatorType a = {.name = "plug"}, b = {.name = "plugs"}, c = {.name = "plug-in"};
    const EstimatorType *const types[] = {&a, &b, &c, estimator("sliced")};
    assert_false(information_study_is_aside(types, 3, 0) || information_study_is_aside(types, 3, 1));
    assert_true(information_study_is_aside(types, 4, 3) && information_study_is_aside(types, 3, 2) &&
                !information_study_is_aside(types + 1, 2, 1));
}

// ---- streams, table, figure --------------------------------------------------------------------------------------------------------

static void rows_do_not_depend_on_each_other(void **state) {
    (void)state;
    const EstimatorType *both[] = {estimator("gaussian"), estimator("ksg1")};
    InformationStudyParams few = params_of(STUDY_FAMILY + KNOWN_SPIRAL, 120, 2, 1), all = params_of(STUDY_ALL, 120, 2, 1);
    InformationStudy *alone = information_study_run(&few, both + 1, 1, NULL),
                     *with = information_study_run(&all, both, 2, NULL);
    all.seed = 2;
    InformationStudy *other = information_study_run(&all, both, 2, NULL);
    assert_true(alone->row_count == 6 && with->row_count == 2 * (int)known_task_count && with->row_count == other->row_count);
    int same = 0;
    for (int i = 0; i < with->row_count; i++) {
        assert_true(with->rows[i].estimator == both[i % 2] && with->rows[i].task == &known_tasks[i / 2]);
        if (with->rows[i].task->family != KNOWN_SPIRAL || i % 2 == 0) continue;
        const InformationStudyRow *row = &alone->rows[same++];
        assert_true(row->task == with->rows[i].task && row->mean == with->rows[i].mean && row->sd == with->rows[i].sd);
        assert_true(row->mean != other->rows[i].mean);
    }
    assert_int_equal(same, 6);
    information_study_free(alone);
    information_study_free(with);
    information_study_free(other);
}

static void table_and_figure_are_saved(void **state) {
    Error error = {0};
    char *folder = NULL;
    const EstimatorType *types[] = {estimator("gaussian"), estimator("ross")};
    InformationStudyParams params = params_of(STUDY_SHORT, 60, 1, 0);
    InformationStudy *study = information_study_run(&params, types, 2, NULL);
    bool saved = information_study_save(study, *state, &folder, &error);
    if (!saved && strstr(error.message, "gnuplot was not found")) skip();
    if (!saved) fail_msg("%s", error.message);
    support_assert_has(folder, "/studies/information");
    char *path = support_path(folder, "information.csv");
    CsvTable *table = support_table(path);
    assert_int_equal(csv_rows(table), study->row_count);
    assert_int_equal(csv_columns(table), INFORMATION_STUDY_COLUMNS);
    for (size_t row = 0; row < csv_rows(table); row++) {
        double error_said = support_number(table, row, "mean") - support_number(table, row, "truth");
        assert_true(fabs(support_number(table, row, "error") - error_said) < 2e-4);
        assert_string_equal(csv_text(table, row, csv_column(table, "sd")), "");    // of one sample
    }
    assert_true(support_exists(folder, "information/figure.png") && support_exists(folder, "information/information.csv"));
    csv_destroy(table);
    free(path);
    free(folder);
    study->row_count = 0;
    assert_false(information_study_save(study, *state, &folder, &error));
    support_assert_has(error.message, "no estimator took any task");
    information_study_free(study);
}

static void large_numbers_stay_short(void **state) {
    (void)state;
    char text[32];
    snprintf(text, sizeof text, information_study_format(-6.0704789e51), -6.0704789e51);
    assert_string_equal(text, "-6.070e+51");
    snprintf(text, sizeof text, information_study_format(0.41337), 0.41337);
    assert_string_equal(text, "0.4134");
}

static void defaults_are_as_documented(void **state) {
    (void)state;
    InformationStudyParams params;
    Error error = {0};
    param_defaults(&information_study_params, &params);
    assert_true(params.tasks == STUDY_SHORT && params.pairs == 2000 && params.repetitions == 3 && params.seed == 0);
    for (int f = 0; f < KNOWN_FAMILY_COUNT; f++) {
        assert_true(param_set(&information_study_params, &params, "tasks", known_families[f], &error));
        assert_int_equal(params.tasks, STUDY_FAMILY + f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_is_the_reference),
        cmocka_unit_test(ksg_is_the_reference),
        cmocka_unit_test(mine_is_the_reference),
        cmocka_unit_test(samples_are_added_up),
        cmocka_unit_test(one_sample_has_no_sd),
        cmocka_unit_test(estimators_get_what_they_are_for),
        cmocka_unit_test(rows_do_not_depend_on_each_other),
        cmocka_unit_test_setup_teardown(table_and_figure_are_saved, support_set_up, support_tear_down),
        cmocka_unit_test(large_numbers_stay_short),
        cmocka_unit_test(defaults_are_as_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
