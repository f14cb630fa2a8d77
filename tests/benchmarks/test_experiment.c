// Experiment files: what a good one becomes, and what a bad one is told.
#include "benchmarks/claimspec.h"
#include "tests/benchmarks/experiment_files.inc.h"

static void remove_file(const char *name) {
    char *path = memory_format("%s/benchmarks/%s.yaml", home, name);
    unlink(path);
    free(path);
}

static void assert_value(const Config *config, const char *name, const char *expected) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(config, name, text));
    assert_string_equal(text, expected);
}

// ---- good files -----------------------------------------------------------------------------------------------------

static void test_good(void **state) {
    (void)state;
    Experiment *experiment = load(SCALE_CI);
    assert_string_equal(experiment->name, SMALL);
    assert_string_equal(experiment->title, "A small maze");
    assert_string_equal(experiment->scale_note, "small");
    assert_string_equal(experiment->figure_script, "belief");
    assert_int_equal(experiment->figure_view_count, 0);
    assert_value(experiment->base, "length", "5");
    assert_value(experiment->base, "episodes", "30");
    assert_int_equal(experiment->axis_count, 2);
    assert_string_equal(experiment->axes[0].name, "cell");
    assert_string_equal(experiment->axes[0].values[1], "lstm");
    assert_string_equal(experiment->axes[1].values[1], "0.2");
    assert_non_null(strstr(experiment->axes[1].where, "maze/small.yaml:9:3"));
    assert_int_equal(experiment->first_seed, 1);
    assert_int_equal(experiment->last_seed, 3);
    size_t runs = 0;
    assert_true(experiment_run_count(experiment, &runs, NULL));
    assert_int_equal(runs, 12);
    experiment_destroy(experiment);
    experiment_destroy(NULL);
}

static void test_scales(void **state) {
    (void)state;
    Experiment *smoke = load(SCALE_SMOKE), *paper = load(SCALE_PAPER);
    assert_value(smoke->base, "length", "3");
    assert_int_equal(smoke->first_seed, 7);
    assert_int_equal(smoke->claim_count, 1);    // the second is not for this scale
    assert_int_equal(paper->axis_count, 1);     // a scale's vary replaces the other
    assert_string_equal(paper->axes[0].name, "length");
    assert_int_equal(paper->claim_count, 2);
    experiment_destroy(smoke);
    experiment_destroy(paper);
}

static void test_claims(void **state) {
    (void)state;
    Experiment *experiment = load(SCALE_CI);
    assert_int_equal(experiment->claim_count, 2);
    const ClaimSpec *share = &experiment->claims[0], *superior = &experiment->claims[1];
    assert_string_equal(share->id, "C1");
    const Claim *claim = &share->claim;
    const Measure *measure = &share->a.measure;
    assert_int_equal(claim->kind, CLAIM_AT_LEAST);
    assert_string_equal(measure->series, "evaluation/return");
    assert_true(claim->share && measure->reaches && measure->target_optimum && !measure->at_step && !share->has_b);
    assert_int_equal(measure->window, 5);
    assert_int_equal(measure->reduce, REDUCE_MAX);
    assert_true(measure->tolerance == 0.01 && claim->threshold == 0.5);
    assert_true(isnan(claim->fail_below) && claim->level_pass == 0.05 && claim->level_fail == 0.005);
    assert_true(claim->failed == FAILED_WORST && claim->worst == 0);    // a share: what broke down has not arrived
    assert_non_null(strstr(share->location, "maze/small.yaml:17:5"));
    assert_true(superior->has_b && superior->a.measure.at_step && superior->b.measure.at_step);
    assert_int_equal(superior->a.measure.step, -1);
    assert_int_equal(superior->b.measure.step, 0);
    assert_true(superior->claim.threshold == 0.1 && superior->claim.paired && !superior->apart);
    assert_int_equal(superior->where.count, 1);
    assert_string_equal(superior->where.terms[0].name, "cell");
    assert_string_equal(superior->where.terms[0].values[0], "gru");
    assert_int_equal(superior->claim.expect, EXPECT_OPEN);
    experiment_destroy(experiment);
}

static void test_aliases(void **state) {
    (void)state;
    write_changed("{note: small}", "&ci {note: small, base: {network: {layers: 3}}}");
    Experiment *plain = load(SCALE_CI);
    experiment_destroy(plain);
    write_changed("smoke: {note: tiny, base: {environment: {length: 3}}, seeds: 7..8}\n  ci: {note: small}",
                  "smoke: &tiny {note: tiny, base: {network: {layers: 3}}}\n  ci: *tiny");
    Experiment *alias = load(SCALE_CI);
    assert_value(alias->base, "network.layers", "3");
    experiment_destroy(alias);
}

static void test_settings(void **state) {
    (void)state;
    Setting settings[] = {{(char[]){"length"}, (char[]){"9"}, (char[]){"--set"}},
                          {(char[]){"network.cell"}, (char[]){"nbrc"}, (char[]){"--set"}},
                          {(char[]){"length"}, (char[]){"11"}, (char[]){"--set"}}};
    Experiment *experiment = experiment_load(SMALL, SCALE_SMOKE, settings, 3, NULL);
    assert_non_null(experiment);
    assert_value(experiment->base, "length", "11");    // the last one wins, over the scale's too
    assert_int_equal(experiment->axis_count, 2);
    assert_int_equal(experiment->axes[0].count, 1);    // the axis is fixed, even on a value that it did not have
    assert_string_equal(experiment->axes[0].values[0], "nbrc");
    assert_string_equal(experiment->axes[0].where, "--set");
    assert_int_equal(experiment->axes[1].count, 2);
    experiment_destroy(experiment);
}

static void assert_setting_refused(const char *name, const char *value, const char *message) {
    Setting setting = {memory_format("%s", name), memory_format("%s", value), (char[]){"--set"}};
    Error error = {""};
    assert_null(experiment_load(SMALL, SCALE_CI, &setting, 1, &error));
    assert_string_equal(error.message, message);
    free(setting.name);
    free(setting.value);
}

static void test_bad_settings(void **state) {
    (void)state;
    assert_setting_refused("length", "ten",
                           "--set length=ten: environment tmaze: length: found 'ten', accepted: integer, 1 to 10000");
    assert_setting_refused("lenght", "10",
                           "--set lenght=10: found unknown parameter 'lenght', accepted: a parameter that `engram list` "
                           "shows; nearest: environment.length");
    assert_setting_refused("agent", "dqrn",
                           "--set agent=dqrn: found unknown agent 'dqrn', accepted: drqn, supervised, uniform; nearest: drqn");
    assert_setting_refused("layers", "2",
                           "--set layers=2: found 'layers', which stands for several parameters, accepted: one of them in "
                           "full, as network.layers or mine.layers");
}

// ---- bad files ------------------------------------------------------------------------------------------------------

typedef struct Mistake {
    const char *find, *replacement;    // in the good file
    const char *message;               // what follows "small.yaml:" in the answer
} Mistake;

static const Mistake mistakes[] = {
    // keys
    {"title:", "titel:",
     "1:1: found unknown key of an experiment 'titel', accepted: title, source, question, base, vary, seeds, scales, "
     "figure, calibration, evidence, claims; nearest: title"},
    {"title: A small maze\n", "", "1:1: found no 'title', accepted: 'title: text' here"},
    {"A small maze", "", "1:7: title: found nothing, accepted: text"},
    {"A small maze", "[a]", "1:8: title: found a list, accepted: text"},
    {"source: nobody", "title: again", "2:1: found 'title' twice (first in line 1), accepted: each key of an experiment once"},
    {"seeds: 1..3\n", "", "1:1: found no 'seeds', accepted: 'seeds: A..B' here"},
    {"  ci: {note: small}\n", "", "12:3: found no 'ci', accepted: 'ci: {note: ...}' here"},
    {"  ci: {note: small}\n", "  cl: {note: small}\n",
     "13:3: found unknown scale 'cl', accepted: smoke, ci, paper; nearest: ci"},
    {"{note: small}", "{noet: small}",
     "13:8: found unknown key of a scale 'noet', accepted: note, base, vary, seeds; nearest: note"},
    {"{note: small}", "{}", "13:7: found no 'note', accepted: 'note: what is scaled down' here"},
    {"{note: small}", "small", "13:7: found a single value, accepted: a mapping, every key a key of a scale"},
    {"{script: belief}", "{scirpt: belief}",
     "15:10: found unknown key of a figure 'scirpt', accepted: script, views; nearest: script"},
    {"{script: belief}", "{script: ../belief}",
     "15:18: found unknown script '../belief', accepted: belief, irrelevant, particles, controls, parity, learning, warp, "
     "suite; "
     "nearest: belief"},
    {"{script: belief}", "{script: beleif}",
     "15:18: found unknown script 'beleif', accepted: belief, irrelevant, particles, controls, parity, learning, warp, suite; "
     "nearest: belief"},
    {"{script: belief}", "{script: [belief]}",
     "15:18: found a list as script, accepted: belief, irrelevant, particles, controls, parity, learning, warp, suite"},
    {"{script: belief}", "{}", "15:9: found no 'script', accepted: 'script: belief' here"},
    {"{script: belief}", "{script: belief, views: [curves, scater]}",
     "15:42: found unknown view 'scater', accepted: curves, scores, intervals, profiles, improvement, scaling, efficiency, "
     "claims, scatter, correlations; nearest: scatter"},
    {"{script: belief}", "{script: belief, views: [curves, scatter, curves]}",
     "15:51: views: found 'curves' twice, accepted: each view once"},
    {"{script: belief}", "{script: belief, views: [[curves]]}", "15:34: views: found a list, accepted: a view's name"},
    {"{script: belief}", "{script: belief, views: curves}", "15:33: found a single value, accepted: a list of views"},
    {"{script: belief}", "{script: belief, views: []}", "15:33: found a list of 0, accepted: 1 to 1000 views"},
    // sections and parameters
    {"  agent:", "  agnet:",
     "6:3: found unknown section 'agnet', accepted: environment, task, agent, network, histories, run, irrelevant, view, "
     "warmup, "
     "vaa, estimators, mine, probe, critic, ksg, ross, mixed, gaussian, plug-in, sliced; "
     "nearest: agent"},
    {"length: 5", "lenght: 5",
     "5:30: environment tmaze: found unknown parameter 'lenght', accepted: length, stochasticity, horizon; nearest: length"},
    {"length: 5", "length: five", "5:38: environment tmaze: length: found 'five', accepted: integer, 1 to 10000"},
    {"length: 5", "length: 5.5", "5:38: environment tmaze: length: found '5.5', accepted: integer, 1 to 10000"},
    {"length: 5", "length: 10001", "5:38: environment tmaze: length: found '10001', accepted: integer, 1 to 10000"},
    {"length: 5", "length: [5]", "5:38: environment.length: found a list, accepted: a single value"},
    {"length: 5", "length: ", "5:38: environment tmaze: length: found '', accepted: integer, 1 to 10000"},
    {"length: 5", "name: tmaze", "5:30: found 'name' twice (first in line 5), accepted: each parameter of environment once"},
    {"name: tmaze", "name: tmase", "5:23: found unknown environment 'tmase', accepted: tmaze, hike..."},
    {"{episodes: 30}", "{name: ppo}", "6:17: found unknown agent 'ppo', accepted: drqn, supervised, uniform"},
    {"{episodes: 30}", "30", "6:10: found a single value, accepted: a mapping, every key a parameter of agent"},
    {"{episodes: 30}", "{[a]: 30}", "6:11: found a list as a key, accepted: a parameter of agent"},
    // what varies
    {"cell: [gru, lstm]", "cel: [gru, lstm]",
     "8:3: found unknown parameter 'cel', accepted: a parameter that `engram list` shows; nearest: network.cell"},
    {"cell: [gru, lstm]", "hidden: [8]",
     "8:3: found 'hidden', which stands for several parameters, accepted: one of them in full, as network.hidden or "
     "mine.hidden"},
    {"cell: [gru, lstm]", "cell: [gru, lsmt]",
     "8:15: network: cell: found 'lsmt', accepted: one of: gru, lstm, mgu, brc, nbrc..."},
    {"cell: [gru, lstm]", "cell: [gru, gru]",
     "8:15: found the same run twice: cell gru is listed before, accepted: each value once"},
    {"[0, 0.2]", "[0, 0.0e0]", "9:22: found the same run twice: stochasticity 0 is listed before, accepted: each value once"},
    {"cell: [gru, lstm]", "cell: []", "8:9: found an empty sweep: no values for cell, accepted: a list of at least one"},
    {"cell: [gru, lstm]", "cell: gru", "8:9: found a single value, accepted: a list of values"},
    {"cell: [gru, lstm]", "cell: [[gru]]", "8:10: cell: found a list, accepted: a single value"},
    {"stochasticity: [0, 0.2]", "network.cell: [mgu]", "9:3: found cell varied twice, accepted: each parameter once"},
    // seeds
    {"1..3", "3..1", "10:8: seeds: found '3..1', which runs backwards, accepted: A..B with A at most B; nearest: 1..3"},
    {"1..3", "3", "10:8: seeds: found '3', accepted: A..B, both included, integers 0 to 2147483647, as 1..10"},
    {"1..3", "-1..3", "10:8: seeds: found '-1..3', accepted: A..B, both included, integers 0 to 2147483647, as 1..10"},
    {"1..3", "1..99999999999999999999",
     "10:8: seeds: found '1..99999999999999999999', accepted: A..B, both included, integers 0 to 2147483647, as 1..10"},
    {"1..3", "[1, 3]", "10:8: seeds: found a list, accepted: A..B, as 1..10"},
    {"1..3", "1..1000000000",
     " found a sweep of 4000000000 runs at scale ci (combinations times seeds), accepted: at most 100000"},
    // claims
    {"    kind: at_least\n", "    kind: atleast\n",
     "20:11: found unknown kind 'atleast', accepted: at_least, at_most, within, superior, noninferior, equivalent, dominates, "
     "correlates, ordered, trend, reproduces, bitwise, described; nearest: at_least"},
    {"kind: superior", "kind: noninferior", NULL},
    {"kind: superior,", "kind: noninferior, fail_below: -0.05,",
     "25:71: claim C2: fail_below is -0.05; it must not exceed the boundary of pass, -0.1"},
    {"kind: superior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0},\n     margin: 0.1",
     "kind: noninferior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0},\n     margin: 0",
     "26:14: claim C2: margin of kind noninferior is 0; it must be above 0"},
    {"    threshold: 0.5\n", "", "17:5: found no 'threshold', accepted: a claim of kind at_least with threshold"},
    {"    threshold: 0.5\n", "    threshold: 1.5\n", "23:16: claim C1: threshold of a share is 1.5; it must be in 0..1"},
    {"    threshold: 0.5\n", "    threshold: half\n", "23:16: threshold: found 'half', accepted: real"},
    {"    threshold: 0.5\n", "    threshold: 0.5\n    fail_below: 0.6\n",
     "24:17: claim C1: fail_below is 0.6; it must not exceed the boundary of pass, 0.5"},
    {"    threshold: 0.5\n", "    threshold: 0.5\n    margin: 1\n",
     "24:13: found 'margin', accepted: a claim of kind at_least without margin"},
    {"    expect: pass\n", "", "17:5: found no 'expect', accepted: 'expect: pass, fail or open' here"},
    {"    expect: pass\n", "    expect: passs\n",
     "24:13: found unknown expect 'passs', accepted: pass, fail, open; nearest: pass"},
    {"share: true", "share: yes", "22:12: share: found 'yes', accepted: true or false"},
    {"reaches: optimum, tolerance: 0.01", "tolerance: 0.01", "21:71: found 'tolerance' alone, accepted: beside 'reaches'"},
    {"reaches: optimum", "reaches: optimal", "21:69: reaches: found 'optimal', accepted: optimum, or a number"},
    {", reaches: optimum, tolerance: 0.01", "", "22:12: found a share without 'reaches', accepted: with reaches in a"},
    {"window: 5", "window: 0", "21:44: window: found '0', accepted: integer, 1 to 1000000"},
    {"window: 5, ", "", "21:8: found neither, accepted: one of 'at' and 'window'"},
    {"window: 5, ", "window: 5, at: 3, ", "21:8: found both 'at' and 'window', accepted: one of 'at' and 'window'"},
    {"window: 5, ", "at: 3, ", "21:51: found 'reduce' beside 'at', accepted: beside 'window'"},
    {"reduce: max", "reduce: maximum", "21:55: found unknown reduce 'maximum', accepted: mean, max, min, last, first"},
    {"reduce: max, reaches: optimum, tolerance: 0.01", "reduce: first",
     "21:55: found 'first' alone, accepted: beside 'reaches' or 'falls_to'"},
    {"reaches: optimum", "reaches: 3, falls_to: 2", "21:82: found 'reaches' and 'falls_to', accepted: one of them"},
    {"series: evaluation/return", "serie: evaluation/return",
     "21:9: found unknown key of a measure 'serie', accepted: series, at, window, "
     "reduce, reaches, falls_to, tolerance, where, seeds; nearest: series"},
    {"at: last", "at: lats", "25:83: at: found 'lats', accepted: last, or a step (negative: counted from the last one)"},
    {"id: C2", "id: C1", "25:10: found the claim 'C1' twice (first in line 17), accepted: each id once"},
    // arms, policies and tests of claims
    {"series: evaluation/return", "series: evaluation/retrun",
     "21:17: found unknown series 'evaluation/retrun', accepted: evaluation/return, evaluation/discounted_return, "
     "training/return, training/discounted_return, training/length, training/loss, warmup/loss, warmup/vaa-star, "
     "warmup/horizon, vaa/mean, vaa/settled, mine/policy, mine/bank, probe/policy, "
     "probe/bank, entropy/policy, entropy/bank; nearest: evaluation/return"},
    {"{cell: gru}", "{cell: mgu}",
     "26:33: found unknown value of cell, which no run of this sweep has: 'mgu', accepted: gru, lstm; nearest: gru"},
    {"{cell: gru}", "{cell: [gru, mgu]}",
     "26:39: found unknown value of cell, which no run of this sweep has: 'mgu', accepted: gru, lstm; nearest: gru"},
    {"{cell: gru}", "{length: 6}", "26:35: length: found 6, accepted: 5, which all runs of this sweep have"},
    {"{cell: gru}", "{cell: [gru, lstm]}", NULL},
    {"at: last}, b: {series: mine/bank, at: 0}", "at: last, where: {stochasticity: 0}}, b: {where: {stochasticity: 0.2}}",
     NULL},
    {"b: {series: mine/bank, at: 0}", "b: {where: {stochasticity: 0.2}}",
     "25:93: found runs that are in both arms, accepted: arms that differ in a parameter, as a: {where: {cell: gru}}, b: "
     "{where: {cell: lstm}}, or in their seeds"},
    {"b: {series: mine/bank, at: 0}", "b: {where: {cell: lstm}}",
     "25:101: where: found cell of an arm beside another cell of the claim, accepted: values that both have"},
    {"b: {series: mine/bank, at: 0}", "b: {}", "25:93: found the same in a and b, accepted: another measure, or other runs"},
    {"mine/bank, at: 0}", "mine/bank, at: last}", "25:93: found the same in a and b, accepted: another measure, or other runs"},
    {"b: {series: mine/bank, at: 0}", "b: {at: 0, where: {cell: lstm}}",
     "25:98: found 'at' without 'series', accepted: beside it"},
    {"b: {series: mine/bank, at: 0}", "pairing: none, b: {where: {stochasticity: 0.2}}",
     "25:99: pairing: found none, but the arms share seeds and so random numbers; accepted: seed, or a and b with seeds of "
     "their own (seeds: A..B in each)"},
    {"at: last}, b: {series: mine/bank, at: 0}", "at: last, seeds: 1..1}, pairing: none, b: {seeds: 2..3}", NULL},
    {"at: last}, b: {series: mine/bank, at: 0}", "at: last, seeds: 1..2}, pairing: none, b: {seeds: 2..3}",
     "25:112: pairing: found none, but the arms share seeds and so random numbers; accepted: seed, or a and b with seeds of "
     "their own (seeds: A..B in each)"},
    {"margin: 0.1", "margin: 0.1, nan: worst", "25:5: claim C2: the policy worst for failed runs needs the value `worst`"},
    {"margin: 0.1", "margin: 0.1, nan: rank-worst",
     "25:5: claim C2: rank-worst does not fit kind superior; it fits dominates, whose theta depends on ranks"},
    {"margin: 0.1", "margin: 0.1, test: bounded", "26:25: claim C2: test bounded needs the bounds of a value"},
    {"margin: 0.1", "margin: 0.1, test: bounded, bounds: [1, 0]", "26:42: bounds: found [1, 0], accepted: the lower one first"},
    {"margin: 0.1", "margin: 0.1, test: bounded, bounds: [0, 1]", NULL},
    {"margin: 0.1", "margin: 0.1, test: chi2",
     "26:25: found unknown test 'chi2', accepted: default, t, bounded, permutation, betting"},
    {"margin: 0.1", "margin: 0.1, fewest: 1", "26:27: fewest: found '1', accepted: integer, 2 to 100000"},
    {"margin: 0.1", "margin: 0.1, tier: nightly", "26:25: found unknown tier 'nightly', accepted: always, release"},
    {"kind: superior", "kind: within, band: [0.3, 0.1]", "25:109: found 'b', accepted: a claim of kind within without b"},
    {"margin: 0.1", "margin: 0.1, calibration: {seeds: 3..9, commit: 0123abc}",
     "25:5: thresholds were calibrated on the seeds 3..9, which meet the judged seeds 1..3; accepted: disjoint ones"},
    {"margin: 0.1", "margin: 0.1, calibration: {seeds: 9..12, commit: main}",
     "26:55: commit: found 'main', accepted: 7 to 40 hexadecimal digits of the commit that fixed the thresholds"},
    {"claims:", "calibration: {seeds: 10001..10002, commit: 0123abc}\nclaims:",
     " thresholds were calibrated on the seeds 10001..10002, which meet the fresh seeds 10001..10030; accepted: disjoint ones"},
    {"claims:\n", "claims:\n  - [1, 2]\n", "17:5: found a list, accepted: a mapping, every key a key of a claim"},
    {"claims:", "evidence: [1, 2]\nclaims:", "16:11: found a list, accepted: a mapping, every key a key of evidence"},
    {"kind: superior, a: {series: mine/bank, at: last}", "kind: noninferior, worst: 0, a: {series: mine/bank, at: last}",
     "25:66: found worst, but a and b are of one run: where it broke down their difference, 0, would speak for a claim of kind "
     "noninferior; accepted: nan: error or drop"},
    {"margin: 0.1", "margin: 0.1, nan: drop, worst: 2", "26:37: claim C2: worst is given, but nan: drop does not use it"},
    {"    threshold: 0.5\n", "    threshold: 0.5\n    bounds: [0, 2]\n", NULL},
    {"margin: 0.1", "margin: 0.1, bounds: [0, 2]",
     "26:27: claim C2: bounds are used for one mean, and by the tests bounded and betting; kind superior has test default"},
    {"claims:", "evidence: {looks: [10, 10]}\nclaims:",
     "16:24: looks: found '10', accepted: numbers of seeds, 2 or more, each greater than the one before"},
    {"claims:", "evidence: {seeds_from: 2}\nclaims:",
     " evidence: the fresh seeds 2..31 meet the judged seeds 1..3; accepted: others"},
    {"claims:", "evidence: {boundary: pocok}\nclaims:",
     "16:22: found unknown boundary 'pocok', accepted: obrien-fleming, pocock; nearest: pocock"},
    {"id: C2", "id: C 2", "25:10: id: found 'C 2', accepted: at most 40 letters, digits, dots, underscores and hyphens"},
    {"{cell: gru}", "{cel: gru}",
     "26:27: found unknown parameter 'cel', accepted: a parameter that `engram list` shows; nearest: network.cell"},
    {"{cell: gru}", "{cell: gruu}", "26:33: network: cell: found 'gruu', accepted: one of: gru, lstm, mgu, brc, nbrc..."},
    {"[ci, paper]", "[ci, papre]", "26:66: found unknown scale 'papre', accepted: smoke, ci, paper; nearest: paper"},
    {"[ci, paper]", "[]", "26:61: found a list of 0, accepted: 1 to 1000 scales"},
    // YAML itself
    {"[gru, lstm]", "[gru, lstm",
     "9:16: found a YAML syntax error: did not find expected ',' or ']' while parsing a flow sequence, "
     "accepted: YAML mappings, lists and scalars"},
    {"title:", "\ttitle:",
     "1:1: found a YAML syntax error: found character that cannot start any token while scanning for the next token, "
     "accepted: YAML mappings, lists and scalars"},
    {"[gru, lstm]", "*cells",
     "8:9: found a YAML syntax error: found undefined alias, accepted: YAML mappings, lists and scalars"},
    {"{name: tmaze, length: 5}", "&self {name: tmaze, length: *self}",
     "5:16: environment.length: found a mapping, accepted: a single value"},
    {"length: 5", "length: !!str 5", NULL},    // a tag that says nothing new
    {"length: 5", "length: !!int 5", "5:38: found a tag, accepted: values without tags"},
    {"length: 5", "length: \"5\\0\"", "5:38: found a zero byte, accepted: text"},
    {"scales: [ci, paper]}\n", "scales: [ci, paper]}\n---\ntitle: two\n",
     "28:1: found a second document, accepted: one document"},
    {"small maze", "small \xff maze", "1:16: found a byte that is no text: invalid leading UTF-8 octet, accepted: UTF-8"},
    {"small maze", "small \x01 maze",
     "1:16: found a byte that is no text: control characters are not allowed, accepted: UTF-8"},
};

// Equal, or equal up to "..." at the end of what is expected: lists of names may grow.
static bool is_message(const char *found, const char *expected) {
    size_t length = strlen(expected);
    if (length > 3 && strcmp(expected + length - 3, "...") == 0) return strncmp(found, expected, length - 3) == 0;
    return strcmp(found, expected) == 0;
}

static void test_mistakes(void **state) {
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        write_changed(mistakes[i].find, mistakes[i].replacement);
        Error error = {""};
        Experiment *experiment = experiment_load(SMALL, SCALE_CI, NULL, 0, &error);
        const char *place = strstr(error.message, "small.yaml:");
        bool told = place && mistakes[i].message && is_message(place + strlen("small.yaml:"), mistakes[i].message);
        if (mistakes[i].message ? experiment || !told : !experiment) {
            print_error("%s -> %s\n  expected %s\n  found    %s\n", mistakes[i].find, mistakes[i].replacement,
                        mistakes[i].message ? mistakes[i].message : "no error", experiment ? "no error" : error.message);
            failures++;
        }
        experiment_destroy(experiment);
    }
    assert_int_equal(failures, 0);
}

static void assert_bytes_refused(const void *bytes, size_t count, const char *message) {
    write_bytes(SMALL, bytes, count);
    Error error = {""};
    assert_null(experiment_load(SMALL, SCALE_CI, NULL, 0, &error));
    const char *place = strstr(error.message, "small.yaml:");
    assert_non_null(place);
    assert_string_equal(place + strlen("small.yaml:"), message);
}

static void test_whole_files(void **state) {
    (void)state;
    assert_bytes_refused("", 0, "1:1: found an empty file, accepted: an experiment, a mapping that begins with title");
    assert_bytes_refused("# nothing\n", 10,
                         "1:1: found an empty file, accepted: an experiment, a mapping that begins with title");
    assert_bytes_refused("- a\n", 4, "1:1: found a list, accepted: a mapping, every key a key of an experiment");
    assert_bytes_refused("hello\n", 6, "1:1: found a single value, accepted: a mapping, every key a key of an experiment");
    size_t count = (1 << 20) + 1;
    char *large = memory_alloc(count);
    memset(large, '#', count);
    assert_bytes_refused(large, count, " found more than 1048576 bytes, accepted: an experiment file of at most that");
    memset(large, '[', count);    // deep nesting ends with a message, at once
    assert_bytes_refused(large, 100000, "1:101: found more than 100 open brackets, accepted: at most that many");
    free(large);
}

// Cut off anywhere, a file is refused or, where a whole entry is missing at the end, still loads: it never crashes.
static void test_truncated(void **state) {
    (void)state;
    for (size_t count = 0; count < sizeof good_text - 1; count += 3) {
        write_bytes(SMALL, good_text, count);
        Error error = {""};
        Experiment *experiment = experiment_load(SMALL, SCALE_PAPER, NULL, 0, &error);
        if (!experiment) assert_non_null(strstr(error.message, "accepted: "));
        experiment_destroy(experiment);
    }
}

// ---- names ----------------------------------------------------------------------------------------------------------

static void test_names(void **state) {
    (void)state;
    write_bytes("maze/other", good_text, sizeof good_text - 1);
    write_bytes("alone", good_text, sizeof good_text - 1);
    write_bytes("maze/.hidden", "x", 1);
    size_t count = 0;
    char **names = NULL;
    assert_true(experiment_names(NULL, &count, &names, NULL));
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "alone");
    assert_string_equal(names[1], "maze/other");
    assert_string_equal(names[2], "maze/small");
    experiment_names_free(count, names);
    assert_true(experiment_names("maze/", &count, &names, NULL));
    assert_int_equal(count, 2);
    experiment_names_free(count, names);
    assert_true(experiment_names("maze/small", &count, &names, NULL));
    assert_int_equal(count, 1);
    experiment_names_free(count, names);
    const char *const refused[] = {"maze/smal", "maz", "", "/", "../benchmarks/maze/small", "maze/small.yaml", "mazes"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        Error error = {""};
        assert_false(experiment_names(refused[i], &count, &names, &error));
        assert_int_equal(count, 0);
        experiment_names_free(count, names);
        assert_non_null(strstr(error.message, "accepted: alone, maze/other, maze/small"));
    }
    Error error = {""};
    assert_null(experiment_load("maze/smal", SCALE_CI, NULL, 0, &error));
    assert_non_null(strstr(error.message, "; nearest: maze/small"));
    assert_null(experiment_load("maze", SCALE_CI, NULL, 0, &error));
    assert_string_equal(error.message, "found the folder 'maze', accepted: one experiment; nearest: maze/other");
    remove_file("maze/other");
    remove_file("alone");
    remove_file("maze/.hidden");
}

static void test_no_experiments(void **state) {
    (void)state;
    remove_file(SMALL);
    size_t count = 0;
    char **names = NULL;
    Error error = {""};
    assert_false(experiment_names(NULL, &count, &names, &error));
    assert_non_null(strstr(error.message, "there are no .yaml files below "));
    experiment_names_free(count, names);
}

// Every experiment that engram ships loads at every scale.
static void test_shipped(void **state) {
    (void)state;
    unsetenv("ENGRAM_HOME");
    size_t count = 0;
    char **names = NULL;
    assert_true(experiment_names(NULL, &count, &names, NULL));
    for (size_t i = 0; i < count; i++) {
        for (int scale = 0; scale < SCALE_COUNT; scale++) {
            Error error = {""};
            Experiment *experiment = experiment_load(names[i], (Scale)scale, NULL, 0, &error);
            Sweep *sweep = experiment ? sweep_expand(experiment, &error) : NULL;
            if (!sweep) fail_msg("%s", error.message);
            sweep_destroy(sweep);
            experiment_destroy(experiment);
        }
    }
    experiment_names_free(count, names);
    setenv("ENGRAM_HOME", home, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good, write_good),           cmocka_unit_test_setup(test_scales, write_good),
        cmocka_unit_test_setup(test_claims, write_good),         cmocka_unit_test_setup(test_aliases, write_good),
        cmocka_unit_test_setup(test_settings, write_good),       cmocka_unit_test_setup(test_bad_settings, write_good),
        cmocka_unit_test_setup(test_mistakes, write_good),       cmocka_unit_test_setup(test_whole_files, write_good),
        cmocka_unit_test_setup(test_truncated, write_good),      cmocka_unit_test_setup(test_names, write_good),
        cmocka_unit_test_setup(test_no_experiments, write_good), cmocka_unit_test_setup(test_shipped, write_good),
    };
    return cmocka_run_group_tests(tests, create_home, remove_home);
}
