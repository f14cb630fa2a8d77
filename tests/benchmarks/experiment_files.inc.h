// Experiment files below a folder of their own, which ENGRAM_HOME names while a test runs.
#pragma once

#include "benchmarks/experiment.h"
#include "tests/support.h"

#define SMALL "maze/small"

// A good experiment of 26 lines; tests name them.
// clang-format off
static const char good_text[] =
    "title: A small maze\n"
    "source: nobody\n"
    "question: does it load\n"
    "base:\n"
    "  environment: {name: tmaze, length: 5}\n"
    "  agent: {episodes: 30}\n"
    "vary:\n"
    "  cell: [gru, lstm]\n"
    "  stochasticity: [0, 0.2]\n"
    "seeds: 1..3\n"
    "scales:\n"
    "  smoke: {note: tiny, base: {environment: {length: 3}}, seeds: 7..8}\n"
    "  ci: {note: small}\n"
    "  paper: {note: full, vary: {length: [50, 100]}}\n"
    "figure: {script: belief}\n"
    "claims:\n"
    "  - id: C1\n"
    "    text: half of them arrive\n"
    "    source: ours\n"
    "    kind: at_least\n"
    "    a: {series: evaluation/return, window: 5, reduce: max, reaches: optimum, tolerance: 0.01}\n"
    "    share: true\n"
    "    threshold: 0.5\n"
    "    expect: pass\n"
    "  - {id: C2, text: more, source: ours, kind: superior, a: {series: mine/bank, at: last}, "
                                                          "b: {series: mine/bank, at: 0},\n"
    "     margin: 0.1, where: {cell: gru}, expect: open, scales: [ci, paper]}\n";
// clang-format on

static char *home;

static void write_bytes(const char *name, const void *bytes, size_t count) {
    char *file = memory_format("benchmarks/%s.yaml", name);
    support_write_bytes(home, file, bytes, count);
    free(file);
}

// The good file with its first `find` replaced.
static void write_changed(const char *find, const char *replacement) {
    const char *place = strstr(good_text, find);
    if (!place) fail_msg("'%s' is not in the good file", find);
    char *text = memory_format("%.*s%s%s", (int)(place - good_text), good_text, replacement, place + strlen(find));
    write_bytes(SMALL, text, strlen(text));
    free(text);
}

static int create_home(void **state) {
    (void)state;
    home = support_home("maze");
    return 0;
}

static int remove_home(void **state) {
    (void)state;
    return support_home_remove(home);
}

static int write_good(void **state) {
    (void)state;
    write_bytes(SMALL, good_text, sizeof good_text - 1);
    return 0;
}

static Experiment *load(Scale scale) {
    Error error = {""};
    Experiment *experiment = experiment_load(SMALL, scale, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}
