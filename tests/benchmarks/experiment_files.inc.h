// Experiment files below a folder of their own, which ENGRAM_HOME names while a test runs.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "benchmarks/experiment.h"
#include "core/arena.h"

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
    "figure: {script: tmaze}\n"
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

static char home[] = "/tmp/engram-test-XXXXXX";

static void write_bytes(const char *name, const void *bytes, size_t count) {
    char *path = memory_format("%s/benchmarks/%s.yaml", home, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void remove_file(const char *name) {
    char *path = memory_format("%s/benchmarks/%s.yaml", home, name);
    unlink(path);
    free(path);
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
    if (!mkdtemp(home)) return -1;
    const char *const folders[] = {"benchmarks", "benchmarks/maze"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = memory_format("%s/%s", home, folders[i]);
        if (mkdir(path, 0700) != 0) return -1;
        free(path);
    }
    char *figures = memory_format("%s/figures", home), *scripts = realpath("figures", NULL);
    int status = scripts ? symlink(scripts, figures) : -1;
    free(figures);
    free(scripts);
    return status ? status : setenv("ENGRAM_HOME", home, 1);
}

static int remove_home(void **state) {
    (void)state;
    remove_file(SMALL);
    char *figures = memory_format("%s/figures", home);
    unlink(figures);
    free(figures);
    const char *const folders[] = {"/benchmarks/maze", "/benchmarks", ""};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *path = memory_format("%s%s", home, folders[i]);
        rmdir(path);
        free(path);
    }
    return unsetenv("ENGRAM_HOME");
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
