// Axes of named cases: what they become, what they may depend on, and what a bad one is told.
#include "benchmarks/claimspec.h"
#include "benchmarks/vary.h"
#include "tests/benchmarks/experiment_files.inc.h"

#define VARY "  stochasticity: [0, 0.2]\n"
#define ARMS                                                                                                                   \
    "  arm:\n"                                                                                                                 \
    "    plain: {}\n"                                                                                                          \
    "    long: {episodes: 60, agent.learning_rate: {gru: 0.01, lstm: 0.02}}\n"                                                 \
    "    double: {network.double: true, histories.period: 7}\n"

static Experiment *load_with(const char *name, const char *value) {
    Setting setting = {memory_format("%s", name), memory_format("%s", value), (char[]){"--set"}};
    Error error = {""};
    Experiment *experiment = experiment_load(SMALL, SCALE_CI, &setting, 1, &error);
    free(setting.name);
    free(setting.value);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}

static Sweep *expand(const Experiment *experiment) {
    Error error = {""};
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) fail_msg("%s", error.message);
    return sweep;
}

static void assert_value(const SweepRun *run, const char *name, const char *expected) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(run->config, name, text));
    assert_string_equal(text, expected);
}

// ---- good files -----------------------------------------------------------------------------------------------------

static void test_cases(void **state) {
    (void)state;
    write_changed(VARY, ARMS);
    Experiment *experiment = load(SCALE_CI);
    assert_int_equal(experiment->axis_count, 2);
    assert_string_equal(experiment->axes[1].name, "arm");
    assert_int_equal(experiment->axes[1].count, 3);
    assert_string_equal(experiment->axes[1].values[2], "double");
    assert_null(experiment->axes[0].cases);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 18);
    const char *const labels[] = {"gru, plain", "gru, long", "gru, double", "lstm, plain", "lstm, long", "lstm, double"};
    for (size_t i = 0; i < sweep->count; i++) {
        const SweepRun *run = &sweep->runs[i];
        bool is_long = i / 3 % 3 == 1, is_double = i / 3 % 3 == 2;
        char text[PARAM_TEXT_SIZE];
        assert_string_equal(run->label, labels[i / 3]);
        assert_string_equal(run->values[1], experiment->axes[1].values[i / 3 % 3]);
        assert_true(experiment_value(experiment, run, "arm", text));
        assert_string_equal(text, run->values[1]);
        assert_true(experiment_value(experiment, run, "cell", text));
        assert_string_equal(text, run->values[0]);
        assert_value(run, "episodes", is_long ? "60" : "30");
        if (is_long) assert_value(run, "agent.learning_rate", i < 9 ? "0.01" : "0.02");
        assert_value(run, "network.double", is_double ? "true" : "false");
        assert_value(run, "histories.period", is_double ? "7" : "100");
    }
    char text[PARAM_TEXT_SIZE];
    assert_false(experiment_value(experiment, &sweep->runs[0], "leg", text));
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// A case is the same run as one that has its parameters by other ways.
static void test_same_name(void **state) {
    (void)state;
    write_changed(VARY, ARMS);
    Experiment *cases = load(SCALE_CI);
    Sweep *sweep = expand(cases);
    write_changed(VARY, "  double: [true]\n  histories.period: [7]\n");
    Experiment *single = load(SCALE_CI);
    Sweep *narrow = expand(single);
    assert_string_equal(sweep->runs[6].name, narrow->runs[0].name);
    assert_string_equal(sweep->runs[17].name, narrow->runs[5].name);
    sweep_destroy(sweep);
    sweep_destroy(narrow);
    experiment_destroy(cases);
    experiment_destroy(single);
}

// Types come first, also those of cases: their sections' defaults overwrite nothing that a case or an axis says.
static void test_types(void **state) {
    (void)state;
    write_changed("  agent: {episodes: 30}\nvary:\n  cell: [gru, lstm]\n" VARY "seeds: 1..3",
                  "  agent: {episodes: 30}\nvary:\n  place:\n    maze: {stochasticity: 0.1}\n"
                  "    hill: {variation: rotations, environment: hike}\n  episodes: [40]\nseeds: 1..1");
    Error error = {""};
    Experiment *experiment = experiment_load(SMALL, SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    Sweep *sweep = expand(experiment);
    assert_int_equal(sweep->count, 2);
    assert_value(&sweep->runs[0], "environment", "tmaze");
    assert_value(&sweep->runs[0], "stochasticity", "0.1");
    assert_value(&sweep->runs[0], "length", "5");
    assert_value(&sweep->runs[1], "environment", "hike");
    assert_value(&sweep->runs[1], "variation", "rotations");
    assert_value(&sweep->runs[1], "episodes", "40");
    assert_string_equal(sweep->runs[1].label, "hill, episodes 40");
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// A value may depend on an axis that is not the one directly before, and on cases; keys that only another scale has are no mistake.
static void test_keys(void **state) {
    (void)state;
    write_changed(VARY, "  size:\n    small: {network.hidden: {gru: 8, lstm: 6, mgu: 9}}\n    large: {}\n"
                        "  pace:\n    slow: {agent.learning_rate: {small: 0.010, large: 0.020}}\n"
                        "    fast: {agent.learning_rate: {lstm: 0.03, gru: 0.04}}\n");
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    const char *const hidden[] = {"8", "8", "32", "32", "6", "6", "32", "32"};
    const char *const rates[] = {"0.01", "0.04", "0.02", "0.04", "0.01", "0.03", "0.02", "0.03"};
    assert_int_equal(sweep->count, 24);
    for (size_t i = 0; i < 8; i++) {
        assert_value(&sweep->runs[3 * i], "network.hidden", hidden[i]);
        assert_value(&sweep->runs[3 * i], "agent.learning_rate", rates[i]);
    }
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// ---- options of the command line ------------------------------------------------------------------------------------

static void test_settings(void **state) {
    (void)state;
    write_changed(VARY, ARMS);
    Experiment *one = load_with("arm", "long");    // a case by its name
    assert_int_equal(one->axes[1].count, 1);
    assert_string_equal(one->axes[1].values[0], "long");
    assert_string_equal(one->axes[1].where, "--set");
    Sweep *sweep = expand(one);
    assert_int_equal(sweep->count, 6);
    assert_value(&sweep->runs[3], "agent.learning_rate", "0.02");
    sweep_destroy(sweep);
    experiment_destroy(one);

    Experiment *set = load_with("episodes", "45");    // a parameter of a case: in all runs
    sweep = expand(set);
    assert_int_equal(sweep->count, 18);
    for (size_t i = 0; i < sweep->count; i++) assert_value(&sweep->runs[i], "agent.episodes", "45");
    sweep_destroy(sweep);
    experiment_destroy(set);

    Error error = {""};
    Experiment *alike = load_with("double", "true");    // now a case says what others do, but for histories.period
    sweep = expand(alike);
    sweep_destroy(sweep);
    experiment_destroy(alike);
    write_changed(VARY, "  arm: {a: {double: true}, b: {}}\n");
    alike = load_with("network.double", "true");
    assert_null(sweep_expand(alike, &error));
    assert_non_null(strstr(error.message, "found the same run twice: seed 1 of 'gru, a' and of 'gru, b' train alike"));
    experiment_destroy(alike);

    write_changed(VARY, ARMS);
    Setting setting = {(char[]){"arm"}, (char[]){"lnog"}, (char[]){"--set"}};
    assert_null(experiment_load(SMALL, SCALE_CI, &setting, 1, &error));
    assert_string_equal(error.message,
                        "--set arm=lnog: found unknown case 'lnog', accepted: plain, long, double; nearest: long");
    Experiment *other = load_with("cell", "mgu");    // a value that no case knows
    assert_null(sweep_expand(other, &error));
    assert_non_null(strstr(error.message,
                           "small.yaml:11:26: found no agent.learning_rate for cell mgu, accepted: one for each of "
                           "its values"));
    experiment_destroy(other);
}

// ---- selectors ------------------------------------------------------------------------------------------------------

// The good file with the cases above, and with other text in the place of `find`, which stands behind `vary`.
static void write_with_arms(const char *find, const char *replacement) {
    const char *vary = strstr(good_text, VARY), *rest = vary + strlen(VARY), *place = strstr(rest, find);
    char *text = memory_format("%.*s%s%.*s%s%s", (int)(vary - good_text), good_text, ARMS, (int)(place - rest), rest,
                               replacement, place + strlen(find));
    write_bytes(SMALL, text, strlen(text));
    free(text);
}

static void assert_selects(const char *where, const char *text, size_t expected) {
    write_with_arms("{cell: gru}", where);
    Experiment *experiment = load(SCALE_CI);
    Sweep *sweep = expand(experiment);
    const Selector *selected = &experiment->claims[1].where;
    size_t count = 0;
    for (size_t i = 0; i < sweep->count; i++) count += selector_covers(selected, &sweep->runs[i]);
    assert_int_equal(count, expected);
    char *said = selector_text(selected);
    assert_string_equal(said, text);
    free(said);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_selectors(void **state) {
    (void)state;
    assert_selects("{arm: long}", "arm = long", 6);
    assert_selects("{arm: [long, plain], cell: gru}", "arm = long or plain, cell = gru", 6);
    assert_selects("{episodes: 60}", "episodes = 60", 6);    // a value that a case gives
    assert_selects("{episodes: 30}", "episodes = 30", 12);
    assert_selects("{agent.learning_rate: 0.02}", "agent.learning_rate = 0.02", 3);
}

// ---- bad files ------------------------------------------------------------------------------------------------------

static const struct {
    const char *vary, *message;
} mistakes[] = {
    {"arm: {a: {lenght: 3}}",
     "9:13: found unknown parameter 'lenght', accepted: a parameter that `engram list` shows; nearest: environment.length"},
    {"arm: {a: {length: three}}", "9:21: environment tmaze: length: found 'three', accepted: integer, 1 to 10000"},
    {"arm: {a: {length: [3]}}",
     "9:21: environment.length: found a list, accepted: a single value, or a mapping from the values "
     "of an axis before this one"},
    {"arm: {a: {length: {x: 3}}}", "9:21: environment.length: found a mapping, accepted: a single value, or a mapping from the "
                                   "values of an axis before this one"},
    {"arm: {a: {length: {gru: 3}}}", "9:21: found no environment.length for cell lstm, accepted: one for each of its values"},
    {"arm: {a: {length: {gru: 3, lstm: [4]}}}", "9:36: environment.length: found a list, accepted: a single value"},
    {"arm: {a: {length: {gru: 3, lstm: 0}}}", "9:36: environment tmaze: length: found '0', accepted: integer, 1 to 10000"},
    {"arm: {a: {length: {gru: 3, lsmt: 4}}}", "9:30: network: cell: found 'lsmt', accepted: one of: gru, lstm..."},
    {"arm: {a: {environment: {gru: hike, lstm: tmaze}}}", "9:26: environment.name: found a mapping, accepted: a single value"},
    {"arm: {a: {length: 3, environment.length: 4}}",
     "9:24: found environment.length twice, accepted: each parameter of a case once"},
    {"arm: {a: {cell: mgu}}", "9:13: found network.cell in a case, which varies by itself, accepted: one of the two"},
    {"arm: {a: {length: 3}, a: {length: 4}}", "9:25: found 'a' twice (first in line 9), accepted: each name of a case once"},
    {"arm: {a: 3}", "9:12: found a single value, accepted: a mapping, every key a parameter"},
    {"arm: {a b: {length: 3}}", "9:9: case: found 'a b', accepted: at most 40 letters, digits, dots, underscores and hyphens"},
    {"arm: {}", "9:8: found an empty sweep: no cases of arm, accepted: a mapping of at least one"},
    {"arm: [a, b]", "9:3: found unknown parameter 'arm', accepted: a parameter that `engram list` shows..."},
    {"an.arm: {a: {}}", "9:3: axis: found 'an.arm', accepted: at most 40 letters, digits, underscores and hyphens"},
    {"length: {a: {}}",
     "9:11: found a mapping for the parameter length, accepted: a list of its values, or named cases under a "
     "name that no parameter has"},
    {"layers: {a: {}}", "9:3: found 'layers', which stands for several parameters, accepted: one of them in full..."},
    {"arm: {a: {hidden: 3}}", "9:13: found 'hidden', which stands for several parameters, accepted: one of them in full..."},
};

static void test_mistakes(void **state) {
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        write_changed("stochasticity: [0, 0.2]", mistakes[i].vary);
        Error error = {""};
        Experiment *experiment = experiment_load(SMALL, SCALE_CI, NULL, 0, &error);
        const char *place = strstr(error.message, "small.yaml:"), *expected = mistakes[i].message;
        size_t length = strlen(expected);
        if (strcmp(expected + length - 3, "...") == 0) length -= 3;
        if (experiment || !place || strncmp(place + strlen("small.yaml:"), expected, length) != 0) {
            print_error("%s\n  expected %s\n  found    %s\n", mistakes[i].vary, expected,
                        experiment ? "no error" : error.message);
            failures++;
        }
        experiment_destroy(experiment);
    }
    assert_int_equal(failures, 0);
}

// Claims that name an axis of cases wrongly.
static void assert_claim_refused(const char *find, const char *replacement, const char *message) {
    write_with_arms(find, replacement);
    Error error = {""};
    assert_null(experiment_load(SMALL, SCALE_CI, NULL, 0, &error));
    if (!strstr(error.message, message)) fail_msg("'%s' is not in '%s'", message, error.message);
}

static void test_claims(void **state) {
    (void)state;
    assert_claim_refused("{cell: gru}", "{arm: lnog}",
                         "found unknown value of arm, which no run of this sweep has: 'lnog', accepted: plain, long, double; "
                         "nearest: long");
    assert_claim_refused("{cell: gru}", "{ram: long}",
                         "found unknown parameter 'ram', accepted: a parameter that `engram list` shows, or the axis arm; "
                         "nearest: arm");
    assert_claim_refused("{cell: gru}", "{episodes: 31}",
                         "found unknown value of episodes, which no run of this sweep has: '31', accepted: 60, 30");
    assert_claim_refused("kind: superior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0},\n     margin: 0.1",
                         "kind: trend, across: arm, threshold: 0, a: {series: mine/bank, at: last}",
                         "across: arm has 3 values, accepted: two or more, numbers above 0");
}

// An experiment with one case of `arm`.
static Experiment *load_arm(const char *name, const char *arm) {
    Setting setting = {(char[]){"arm"}, memory_format("%s", arm), (char[]){"--set"}};
    Error error = {""};
    Experiment *experiment = experiment_load(name, SCALE_CI, &setting, 1, &error);
    free(setting.value);
    if (!experiment) fail_msg("%s with arm %s: %s", name, arm, error.message);
    return experiment;
}

// Whether the second claim, which names cases, is left.
static void assert_left(const char *arm, bool left) {
    Experiment *experiment = load_arm(SMALL, arm);
    assert_int_equal(experiment->claim_count, left ? 2 : 1);
    assert_int_equal(experiment->claims_absent, left ? 0 : 1);
    assert_string_equal(experiment->claims[0].id, "C1");
    experiment_destroy(experiment);
}

// A claim about a case that an option took away is set aside: one of its arms, or both, which then look alike.
static void test_absent_arms(void **state) {
    (void)state;
    write_with_arms("a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0},",
                    "a: {series: mine/bank, at: last, where: {arm: long}}, b: {where: {arm: plain}},");
    assert_left("long", false);
    assert_left("plain", false);
    assert_left("double", false);
    write_with_arms("{cell: gru}", "{arm: long}");    // both sides in the one case
    assert_left("long", true);
    assert_left("plain", false);
    write_with_arms("{cell: gru}", "{arm: [long, plain]}");    // one of the two is enough
    assert_left("long", true);
    assert_left("double", false);
}

static bool has_claim(const Experiment *experiment, const char *id) {
    for (size_t i = 0; i < experiment->claim_count; i++) {
        if (strcmp(experiment->claims[i].id, id) == 0) return true;
    }
    return false;
}

// The same of an experiment that is there: of its arms, one stands alone in C6, two in C5-gru.
static void test_absent_arms_of_copy(void **state) {
    (void)state;
    static const char name[] = "warmup/copy-50";
    unsetenv("ENGRAM_HOME");
    Experiment *all = experiment_load(name, SCALE_CI, NULL, 0, NULL);
    assert_non_null(all);
    assert_true(has_claim(all, "C6") && has_claim(all, "C5-gru"));
    const Axis *arms = experiment_axis(all, "arm");
    for (size_t i = 0; i < arms->count; i++) {
        Experiment *one = load_arm(name, arms->values[i]);
        assert_int_equal(one->claim_count + one->claims_absent, all->claim_count);
        assert_true(has_claim(one, "C6") == (strcmp(arms->values[i], "classic") == 0));
        assert_false(has_claim(one, "C5-gru"));
        experiment_destroy(one);
    }
    experiment_destroy(all);
    setenv("ENGRAM_HOME", home, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cases, write_good),
        cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_absent_arms),
        cmocka_unit_test(test_absent_arms_of_copy),
    };
    return cmocka_run_group_tests(tests, create_home, remove_home);
}
