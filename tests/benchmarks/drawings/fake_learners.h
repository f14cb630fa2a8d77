// Runs that look as if they had learned a task.
#pragma once

#include "tests/benchmarks/drawings/fake_beliefs.h"

// An experiment that varies `vary`, with the seeds 1..seeds, drawn by `script`.
static inline Experiment *fake_learners(const FakeHome *home, const char *task, const char *vary, int seeds,
                                        const char *script) {
    char *text = memory_format("title: Fake learners\nsource: nowhere\nquestion: do drawings draw?\n"
                               "base:\n  task: %s\n  agent: {name: supervised, steps: 100}\n  vaa: {samples: 20}\n"
                               "vary: %s\nseeds: 1..%d\n"
                               "scales:\n  smoke: {note: nothing}\n  ci: {note: nothing was trained}\n  paper: {note: none}\n"
                               "figure: {script: %s}\n",
                               task, vary, seeds, script);
    support_write(home->folder, "benchmarks/test/learners.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/learners", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}

// All runs; those for which `fails` (may be NULL) is true broke down.
static inline void fake_learned(const FakeHome *home, const Experiment *experiment, const FakeSeries *series, size_t count,
                                bool (*fails)(const SweepRun *run)) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) fail_msg("%s", error.message);
    for (size_t i = 0; i < sweep->count; i++) {
        if (fails && fails(&sweep->runs[i])) fake_failure(home, &sweep->runs[i]);
        else fake_run(home, &sweep->runs[i], series, count);
    }
    sweep_destroy(sweep);
}

// A parameter of the run as a number.
static inline double learner_value(const SweepRun *run, const char *name) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(run->config, name, text));
    return strtod(text, NULL);
}

// The message with which the experiment's figure is refused; to be freed.
static inline char *learner_refusal(const FakeHome *home, const Experiment *experiment) {
    Error error = {0};
    size_t count;
    char **folders;
    assert_false(figure_draw(home->results, experiment, false, &count, &folders, &error));
    return memory_format("%s", error.message);
}
