// Runs whose final scores were planned, and views drawn of them.
#pragma once

#include "benchmarks/figure.h"
#include "benchmarks/scoring.h"
#include "tests/benchmarks/fake_runs.h"

static inline double fake_length(const SweepRun *run) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(run->config, "environment.length", text));
    return strtod(text, NULL);
}

// GRU: 1 - 0.2 log2(L / 4) and a little more or less by seed (1..5: -0.04 .. 0.04); LSTM: 0.3 less.
static inline double fake_score(const SweepRun *run) {
    double cell = fake_is_cell(run, "gru") ? 1 : 0.7;
    return cell - 0.2 * log2(fake_length(run) / 4) + 0.02 * ((double)run->seed - 3);
}

// Rises from random to the planned score, which it has from episode 50 on.
static inline double fake_return(const SweepRun *run, int64_t step, double noise) {
    (void)noise;
    ReturnScale scale;
    Error error = {0};
    if (!scoring_scale(run->config, &scale, &error)) fail_msg("%s", error.message);
    double share = step < 50 ? (double)step / 50 : 1;
    return scale.low + share * fake_score(run) * (scale.high - scale.low);
}

static const FakeSeries fake_returns[] = {{"evaluation/discounted_return", fake_return, 0, 10, 100}};

// All runs of the experiment; those for which `fails` (may be NULL) is true broke down.
static inline void fake_all_runs(const FakeHome *home, const Experiment *experiment, bool (*fails)(const SweepRun *run)) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) fail_msg("%s", error.message);
    for (size_t i = 0; i < sweep->count; i++) {
        if (fails && fails(&sweep->runs[i])) fake_failure(home, &sweep->runs[i]);
        else fake_run(home, &sweep->runs[i], fake_returns, 1);
    }
    sweep_destroy(sweep);
}

static inline const View *fake_view(const char *name) {
    Error error = {0};
    const View *view = view_find(name, &error);
    if (!view) fail_msg("%s", error.message);
    return view;
}

static const ViewOptions fake_options = {.threshold = (double)NAN, .step = (double)NAN};

// Draws it twice; the SVG must be the same. The folder, to be freed.
static inline char *fake_draw(const FakeHome *home, const Experiment *experiment, const char *name,
                              const ViewOptions *options) {
    char *folder = NULL, *svg[2];
    for (int i = 0; i < 2; i++) {
        Error error = {0};
        free(folder);
        if (!figure_draw_view(home->results, experiment, fake_view(name), options, false, &folder, &error)) {
            fail_msg("%s", error.message);
        }
        svg[i] = support_read(folder, "figure.svg", NULL);
    }
    assert_string_equal(svg[0], svg[1]);
    free(svg[0]);
    free(svg[1]);
    const char *keep = getenv("ENGRAM_TEST_KEEP");    // a folder to copy the figure to, for eyes
    if (keep) {
        char *command = memory_format(
            "to='%s/%s'; while [ -e \"$to\" ]; do to=\"$to+\"; done; mkdir \"$to\" && cp '%s'/* \"$to\"", keep, name, folder);
        assert_int_equal(system(command), 0);
        free(command);
    }
    return folder;
}

// figure.gp with the caption's line breaks undone; to be freed.
static inline char *fake_script(const char *folder) {
    char *script = support_read(folder, "figure.gp", NULL);
    for (char *at = strstr(script, "\\n"); at; at = strstr(at, "\\n")) {
        at[0] = ' ';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    return script;
}

static inline CsvTable *fake_table(const char *folder, const char *name) {
    char *path = memory_format("%s/%s.csv", folder, name);
    CsvTable *table = support_table(path);
    free(path);
    return table;
}

// A cell as a number; "NaN" is one.
static inline double fake_number(const CsvTable *table, size_t row, const char *column) {
    const char *text = csv_text(table, row, csv_column(table, column));
    return strcmp(text, "NaN") == 0 ? (double)NAN : support_number(table, row, column);
}

static inline bool fake_has(const CsvTable *table, size_t row, const char *column, const char *text) {
    return strcmp(csv_text(table, row, csv_column(table, column)), text) == 0;
}

static inline void assert_close(double found, double expected) {
    if (!(fabs(found - expected) < 1e-7)) fail_msg("found %.12g, expected %.12g", found, expected);
}
