// The figure "suite": returns of random actions beside the original's, their difference in standard errors, the best policies by hand; and the
// committed tables it reads.
#include <ctype.h>

#include "envs/native.h"
#include "tests/benchmarks/drawings/fake_learners.h"

// ---- an experiment -------------------------------------------------------------------------------------------------------------------

static Experiment *suite_experiment(const FakeHome *home, const char *agent, const char *vary, int seeds) {
    char *text = memory_format("title: Fake suite\nsource: nowhere\nquestion: do drawings draw?\n"
                               "base:\n  environment: {name: tmaze, length: 4}\n  agent: {name: %s, episodes: 500}\n"
                               "  histories: {policy: false, bank: false}\n"
                               "vary: %s\nseeds: 1..%d\n"
                               "scales:\n  smoke: {note: nothing}\n  ci: {note: nothing was played}\n  paper: {note: none}\n"
                               "figure: {script: suite}\n",
                               agent, vary, seeds);
    support_write(home->folder, "benchmarks/test/suite.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/suite", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}

static const char three[] = "{game: {short: {environment: tmaze, length: 3}, long: {environment: tmaze, length: 9}, hike: "
                            "{environment: hike}}}";

// -0.5, -0.3, -0.1 for the three; 0.02 from one seed to the next.
static double suite_return(const SweepRun *run, int64_t step, double noise) {
    (void)step, (void)noise;
    const char *game = run->values[0];
    double mean = strcmp(game, "short") == 0 ? -0.5 : strcmp(game, "long") == 0 ? -0.3 : -0.1;
    return mean + 0.02 * ((double)run->seed - 2);
}
static const FakeSeries suite_series[] = {{"evaluation/return", suite_return, 500, 500, 500}};

static void write_tables(const FakeHome *home, const char *original, const char *policies) {
    char *text = memory_format("environment,level,return_mean,return_se,n_episodes\n%s", original);
    support_write(home->folder, "benchmarks/test/upstream-random.csv", text);
    free(text);
    text = memory_format("environment,level,policy,knows,return_mean,return_se,episodes\n%s", policies);
    support_write(home->folder, "benchmarks/test/policies.csv", text);
    free(text);
}

// ---- what is drawn -------------------------------------------------------------------------------------------------------------------

static void scores_stand_beside_the_original(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = suite_experiment(home, "uniform", three, 3);
    fake_learned(home, experiment, suite_series, 1, NULL);
    // Another level and another environment are not ours; hike has no original.
    write_tables(home, "short,hard,9,1,7\nshort,,-0.48,0.01,300\nlong,,-0.3,0.5,900\nother,,5,1,8\n",
                 "short,,b,now,0.1,0,5\nshort,,a,now,0.3,0,5\nshort,,c,state,1,0,5\nshort,hard,d,now,2,0,5\n"
                 "short,,f,history,0.3,0,5\n"
                 "hike,,e,history,-0.4,0,5\n");
    char *folder = belief_draw(home, experiment, 1, "suite"), *script = fake_script(folder);
    CsvTable *scores = fake_table(folder, "scores"), *policies = fake_table(folder, "policies");
    static const char *const names[] = {"short", "long", "hike"};
    const double mean[] = {-0.5, -0.3, -0.1}, original[] = {-0.48, -0.3, NAN}, error[] = {0.01, 0.5, NAN};
    const double se = 0.02 / sqrt(3), t = 4.30265273;    // of 2 degrees of freedom
    assert_int_equal(csv_rows(scores), 3);
    for (size_t row = 0; row < 3; row++) {
        assert_true(fake_has(scores, row, "environment", names[row]));
        assert_close(fake_number(scores, row, "row"), 3 - (double)row);
        assert_close(fake_number(scores, row, "runs"), 3);
        assert_close(fake_number(scores, row, "mean"), mean[row]);
        assert_close(fake_number(scores, row, "low"), mean[row] - t * se);
        assert_close(fake_number(scores, row, "high"), mean[row] + t * se);
        double z = fake_number(scores, row, "z"), high = fake_number(scores, row, "original_high");
        if (row == 2) {
            assert_true(isnan(z) && isnan(high) && isnan(fake_number(scores, row, "original")));
            continue;
        }
        assert_close(high, original[row] + 1.96 * error[row]);
        assert_close(z, (mean[row] - original[row]) / hypot(se, error[row]));
    }
    assert_int_equal(csv_rows(policies), 3);    // the best of each kind; f needs no memory for what it gets
    assert_true(fake_has(policies, 0, "policy", "a") && fake_has(policies, 0, "knows", "now"));
    assert_true(fake_has(policies, 1, "policy", "c") && fake_has(policies, 1, "knows", "state"));
    assert_true(fake_has(policies, 2, "policy", "e") && fake_has(policies, 2, "knows", "history"));
    assert_close(fake_number(policies, 2, "row"), 1);
    assert_close(fake_number(policies, 0, "mean"), 0.3);
    support_assert_has(script, "means over 3 runs per environment of 500 episodes each");
    support_assert_has(script, "means over 300 to 900 episodes in the original program");
    support_assert_has(script, "0 of 9 runs broke down");
    assert_true(support_exists(folder, "figure.svg") && support_exists(folder, "figure.png"));
    csv_destroy(scores);
    csv_destroy(policies);
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

// One run has no interval and no difference; without tables there is nothing to compare with.
static void one_run_and_no_tables(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = suite_experiment(home, "uniform", three, 1);
    fake_learned(home, experiment, suite_series, 1, NULL);
    for (int tables = 0; tables < 2; tables++) {
        if (tables) write_tables(home, "short,,-0.48,0.01,300\n", "");
        char *folder = belief_draw(home, experiment, 1, tables ? "suite-single" : "suite-alone"), *script = fake_script(folder);
        CsvTable *scores = fake_table(folder, "scores");
        assert_close(fake_number(scores, 0, "mean"), -0.52);
        assert_true(isnan(fake_number(scores, 0, "low")) && isnan(fake_number(scores, 0, "z")));
        support_assert_has(script, tables ? "ORIGINAL = 1\n" : "ORIGINAL = 0\n");
        support_assert_has(script, "means over 1 run per environment");
        assert_true((strstr(script, "Hollow diamonds") != NULL) == (tables == 1));
        assert_null(strstr(script, "Ticks"));
        csv_destroy(scores);
        free(script);
        free(folder);
    }
    experiment_destroy(experiment);
}

static void expect_refusal(const FakeHome *home, const char *agent, const char *vary, const char *message) {
    Experiment *experiment = suite_experiment(home, agent, vary, 1);
    if (access(home->results, F_OK) == 0) assert_int_equal(support_folder_remove(memory_format("%s", home->results)), 0);
    fake_learned(home, experiment, suite_series, 1, NULL);
    char *found = learner_refusal(home, experiment);
    support_assert_has(found, message);
    free(found);
    experiment_destroy(experiment);
}

static void what_it_cannot_show_is_refused(void **state) {
    FakeHome *home = *state;
    expect_refusal(home, "drqn", three, "found agent drqn, accepted: uniform");
    expect_refusal(home, "uniform", "{length: [3, 4]}", "found no axis that names environments");
    expect_refusal(home, "uniform", "{environment: [tmaze, hike], cell: [gru, lstm]}", "found several cells");
    write_tables(home, "", "short,,g,nothing,2,0,5\nshort,,a,everything,1,0,5\n");
    expect_refusal(home, "uniform", three,
                   "policies.csv:3: found unknown knowledge 'everything', accepted: now, history, state");
    write_tables(home, "short,,much,0,5\n", "");
    expect_refusal(home, "uniform", three, "upstream-random.csv:2");
    support_write(home->folder, "benchmarks/test/upstream-random.csv", "environment,level\n");
    expect_refusal(home, "uniform", three, "return_mean");
}

// ---- the committed tables --------------------------------------------------------------------------------------------------------------

#define GOLDEN "tests/golden/popgym/"

// Whether the class "MultiarmedBandit" of the original is our "multiarmed-bandit".
static bool same_class(const char *class, const char *ours) {
    for (; *class || *ours; class ++, ours++) {
        if (*ours == '-') ours++;
        if (tolower((unsigned char)*class) != *ours) return false;
    }
    return true;
}

static bool same_level(const char *theirs, const char *ours) {
    return tolower((unsigned char)*theirs) == *ours && strcmp(theirs + 1, ours + 1) == 0;
}

// The row of `table` that has what row `i` of golden numbers has; it is there once.
static size_t find_measured(const CsvTable *table, const CsvTable *golden, size_t i, const char *policy) {
    size_t found = 0, count = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!same_class(csv_text(golden, i, csv_column(golden, "env")),
                        csv_text(table, row, csv_column(table, "environment"))) ||
            !same_level(csv_text(golden, i, csv_column(golden, "difficulty")),
                        csv_text(table, row, csv_column(table, "level"))) ||
            (policy && !fake_has(table, row, "policy", policy)))
            continue;
        found = row;
        count++;
    }
    if (count != 1) fail_msg("row %zu of %s: found %zu times", i, csv_path(golden), count);
    return found;
}

static size_t expect_measured(const CsvTable *table, const char *name, bool policies) {
    char *path = memory_format("%s%s", GOLDEN, name);
    CsvTable *golden = support_table(path);
    for (size_t i = 0; i < csv_rows(golden); i++) {
        size_t row = find_measured(table, golden, i, policies ? csv_text(golden, i, csv_column(golden, "policy")) : NULL);
        assert_true(support_number(table, row, "return_mean") == support_number(golden, i, "return_mean"));
        assert_true(support_number(table, row, "return_se") == support_number(golden, i, "return_se"));
        assert_int_equal(support_whole(table, row, policies ? "episodes" : "n_episodes"),
                         support_whole(golden, i, "n_episodes"));
    }
    size_t count = csv_rows(golden);
    csv_destroy(golden);
    free(path);
    return count;
}

static void tables_hold_what_was_measured(void **state) {
    (void)state;
    CsvTable *random = support_table("benchmarks/popgym/upstream-random.csv");
    assert_int_equal(expect_measured(random, "random_stats.csv", false), csv_rows(random));
    csv_destroy(random);
    CsvTable *policies = support_table("benchmarks/popgym/upstream-policies.csv");
    size_t count = expect_measured(policies, "scripted_stats.csv", true);
    assert_int_equal(count + expect_measured(policies, "oracle_stats.csv", true), csv_rows(policies));
    csv_destroy(policies);
}

// What a policy knows is what our own of that name knows.
static void policies_know_what_they_are_said_to(void **state) {
    (void)state;
    static const char *const knows[] = {
        [POLICY_KNOWS_NOW] = "now", [POLICY_KNOWS_HISTORY] = "history", [POLICY_KNOWS_STATE] = "state"};
    CsvTable *table = support_table("benchmarks/popgym/upstream-policies.csv");
    size_t compared = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        const NativeType *type = native_find(csv_text(table, row, csv_column(table, "environment")), NULL);
        for (int p = 0; type && p < type->policy_count; p++) {
            if (!fake_has(table, row, "policy", type->policies[p].name)) continue;
            assert_true(fake_has(table, row, "knows", knows[type->policies[p].knows]));
            compared++;
        }
    }
    assert_true(compared >= 45);    // of five environments with cards
    csv_destroy(table);
}

// ---- the sixteen -----------------------------------------------------------------------------------------------------------------------

enum { ENVIRONMENTS = 16 };

// The committed table's rows of one level without that, which a maze has not, beside the experiment.
static void copy_level(const FakeHome *home, const char *name, const char *level) {
    char *from = memory_format("benchmarks/popgym/%s", name), *to = memory_format("benchmarks/test/%s", name);
    CsvTable *table = support_table(from);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int c = 0; c < csv_columns(table); c++) fprintf(out, "%s%s", c ? "," : "", csv_name(table, c));
    fputc('\n', out);
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!fake_has(table, row, "level", level)) continue;
        for (int c = 0; c < csv_columns(table); c++)
            fprintf(out, "%s%s", c ? "," : "", c == csv_column(table, "level") ? "" : csv_text(table, row, c));
        fputc('\n', out);
    }
    fclose(out);
    support_write(home->folder, to, text);
    csv_destroy(table);
    free(text);
    free(from);
    free(to);
}

static const CsvTable *measured;    // of the environments' random actions

// As the original's, up to chance; one environment is wrong, one very much so.
static double measured_return(const SweepRun *run, int64_t step, double noise) {
    (void)step, (void)noise;
    for (size_t row = 0; row < csv_rows(measured); row++) {
        if (!fake_has(measured, row, "environment", run->values[0])) continue;
        Rng rng = rng_stream((uint64_t)run->seed, RNG_TEST, row);
        double spread = support_number(measured, row, "return_se") * sqrt(support_number(measured, row, "n_episodes") / 1000);
        double normal = -6;
        for (int i = 0; i < 12; i++) normal += rng_uniform(&rng);
        double wrong = row == 4 ? 0.15 : row == 9 ? -0.009 : 0;
        return support_number(measured, row, "return_mean") + spread * normal + wrong;
    }
    fail_msg("no environment %s", run->values[0]);
    return NAN;
}

static void sixteen_environments_in_the_order_of_the_sweep(void **state) {
    FakeHome *home = *state;
    static const FakeSeries series[] = {{"evaluation/return", measured_return, 1000, 1000, 1000}};
    copy_level(home, "upstream-random.csv", "easy");
    copy_level(home, "policies.csv", "easy");
    char *path = memory_format("%s/benchmarks/test/upstream-random.csv", home->folder);
    CsvTable *table = support_table(path);
    measured = table;
    assert_int_equal(csv_rows(measured), ENVIRONMENTS);
    char *vary = memory_format("{game: {");
    for (int i = 0; i < ENVIRONMENTS; i++) {
        char *longer = memory_format("%s%s%s: {environment: tmaze, length: %d}", vary, i ? ", " : "",
                                     csv_text(measured, (size_t)i, 0), i + 3);
        free(vary);
        vary = longer;
    }
    char *whole = memory_format("%s}}", vary);
    Experiment *experiment = suite_experiment(home, "uniform", whole, 10);
    fake_learned(home, experiment, series, 1, NULL);
    char *folder = belief_draw(home, experiment, 1, "suite-sixteen");
    CsvTable *scores = fake_table(folder, "scores"), *policies = fake_table(folder, "policies");
    assert_int_equal(csv_rows(scores), ENVIRONMENTS);
    for (size_t row = 0; row < ENVIRONMENTS; row++) {
        assert_true(fake_has(scores, row, "environment", csv_text(measured, row, 0)));
        double z = fake_number(scores, row, "z");
        assert_true(row == 4 ? z > 20 : row == 9 ? z < -4 : fabs(z) < 4);
        // Its own action is memory enough. A plan of the pendulum is not by hand, and the mazes of this test know of no bound.
        bool idle = fake_has(scores, row, "environment", "repeat-first") || strstr(csv_text(measured, row, 0), "pendulum");
        assert_int_equal(belief_rows(policies, "environment", csv_text(measured, row, 0), "knows", "state"), !idle);
        assert_int_equal(belief_rows(policies, "environment", csv_text(measured, row, 0), "knows", "now"), 1);
    }
    csv_destroy(scores);
    csv_destroy(policies);
    csv_destroy(table);
    experiment_destroy(experiment);
    free(folder);
    free(whole);
    free(vary);
    free(path);
}

// ---- the experiments that engram ships ---------------------------------------------------------------------------------------------------

// A case is looked up under its name: that is the environment's, at the level that the file's name says, and all sixteen are there.
static void shipped_cases_are_called_as_their_environment(void **state) {
    (void)state;
    static const char *const levels[] = {"easy", "medium", "hard"};
    CsvTable *table = support_table("benchmarks/popgym/upstream-random.csv");
    for (int i = 0; i < 3; i++) {
        char *name = memory_format("popgym/random-%s", levels[i]);
        Error error = {0};
        Experiment *experiment = experiment_load(name, SCALE_SMOKE, NULL, 0, &error);
        Sweep *sweep = experiment ? sweep_expand(experiment, &error) : NULL;
        if (!sweep) fail_msg("%s", error.message);
        assert_int_equal(sweep->count, 2 * ENVIRONMENTS);
        for (size_t k = 0; k < sweep->count; k++) {
            char text[PARAM_TEXT_SIZE];
            assert_true(config_get(sweep->runs[k].config, "environment.name", text));
            assert_string_equal(sweep->runs[k].values[0], text);
            assert_true(config_get(sweep->runs[k].config, "environment.level", text));
            assert_string_equal(text, levels[i]);
            assert_int_equal(belief_rows(table, "environment", sweep->runs[k].values[0], "level", text), 1);
        }
        sweep_destroy(sweep);
        experiment_destroy(experiment);
        free(name);
    }
    csv_destroy(table);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(scores_stand_beside_the_original),
        AT_HOME(one_run_and_no_tables),
        AT_HOME(what_it_cannot_show_is_refused),
        cmocka_unit_test(tables_hold_what_was_measured),
        cmocka_unit_test(policies_know_what_they_are_said_to),
        AT_HOME(sixteen_environments_in_the_order_of_the_sweep),
        cmocka_unit_test(shipped_cases_are_called_as_their_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
