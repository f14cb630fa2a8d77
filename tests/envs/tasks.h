// What tests of supervised tasks share: tasks made and refused, sequences that do not depend on the order in which they are drawn, counts
// against a uniform law, and the best prediction without a memory, counted.
#pragma once

#include <gsl/gsl_cdf.h>

#include "envs/task.h"
#include "tests/support.h"

static inline Task *tasks_create(const TaskType *type, const void *params) {
    Error error = {0};
    Task *task = task_create(type, params, &error);
    if (!task) fail_msg("%s", error.message);
    return task;
}

// The whole message.
static inline void tasks_refuse(const TaskType *type, const void *params, const char *message) {
    Error error = {0};
    assert_null(task_create(type, params, &error));
    assert_string_equal(error.message, message);
}

// A parameter out of its range, by the table.
static inline void tasks_refuse_text(const TaskType *type, const char *name, const char *text, const char *part) {
    Error error = {0};
    void *params = memory_zeroed(1, type->params.struct_size);
    param_defaults(&type->params, params);
    assert_false(param_set(&type->params, params, name, text, &error));
    support_assert_has(error.message, part);
    free(params);
}

static inline void tasks_expect_near(double found, double expected, double tolerance, const char *what) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: %.12g, expected %.12g", what, found, expected);
}

// ---- sequences ---------------------------------------------------------------------------------------------------------------

static inline bool tasks_same(const TaskSpec *spec, const TaskSequence *a, const TaskSequence *b) {
    if (a->steps != b->steps || a->scored != b->scored) return false;
    size_t scored = (size_t)a->scored, width = (size_t)spec->output_size;
    if (memcmp(a->input, b->input, (size_t)a->steps * (size_t)spec->input_size * sizeof(float)) != 0) return false;
    if (memcmp(a->when, b->when, scored * sizeof(int)) != 0) return false;
    return spec->target == TASK_CLASSES ? memcmp(a->label, b->label, scored * sizeof(int)) == 0
                                        : memcmp(a->value, b->value, scored * width * sizeof(float)) == 0;
}

// The same index gives the same sequence, whatever was drawn before it; another index, split or seed another one. For tasks with so many
// sequences that two of them are hardly ever the same.
static inline void tasks_expect_order_free(const Task *task) {
    enum { COUNT = 20 };
    TaskSequence *drawn[COUNT], *again = task_sequence_create(&task->spec);
    for (int i = 0; i < COUNT; i++) {
        drawn[i] = task_sequence_create(&task->spec);
        task_draw(task, 7, TASK_TRAIN, i, drawn[i]);
        for (int k = 0; k < drawn[i]->scored; k++) {
            assert_in_range(drawn[i]->when[k], k == 0 ? 0 : drawn[i]->when[k - 1] + 1, drawn[i]->steps - 1);
            if (task->spec.target == TASK_CLASSES) assert_in_range(drawn[i]->label[k], 0, task->spec.output_size - 1);
        }
    }
    for (int i = COUNT - 1; i >= 0; i--) {
        for (int j = 0; j < i; j++) assert_false(tasks_same(&task->spec, drawn[i], drawn[j]));
        task_draw(task, 7, TASK_TEST, i, again);
        assert_false(tasks_same(&task->spec, drawn[i], again));
        task_draw(task, 8, TASK_TRAIN, i, again);
        assert_false(tasks_same(&task->spec, drawn[i], again));
        task_draw(task, 7, TASK_TRAIN, i, again);
        assert_true(tasks_same(&task->spec, drawn[i], again));
    }
    for (int i = 0; i < COUNT; i++) task_sequence_destroy(drawn[i]);
    task_sequence_destroy(again);
}

// The index of the one in a one-hot vector; fails the test if it is none.
static inline int tasks_symbol(const float *input, int size) {
    int found = -1;
    for (int i = 0; i < size; i++) {
        assert_true(input[i] == 0 || (input[i] == 1 && found < 0));
        if (input[i] == 1) found = i;
    }
    assert_true(found >= 0);
    return found;
}

// ---- laws --------------------------------------------------------------------------------------------------------------------

// Pearson's test that all cells are equally likely.
static inline void tasks_expect_uniform(const int *count, int cells, const char *what) {
    double total = 0, statistic = 0;
    for (int i = 0; i < cells; i++) total += count[i];
    for (int i = 0; i < cells; i++) statistic += pow(count[i] - total / cells, 2) / (total / cells);
    assert_true(total / cells >= 5);
    double p = gsl_cdf_chisq_Q(statistic, cells - 1);
    if (!(p > 1e-3)) fail_msg("%s: not uniform, p = %.3g", what, p);
}

// ---- baselines -----------------------------------------------------------------------------------------------------------------

typedef struct TasksCounted {
    double loss, accuracy;
} TasksCounted;

// The best prediction of labels without a memory: how often each label comes with each input at each time step. The loss is the entropy that
// remains, corrected for the number of cells (Miller 1955); the accuracy is that on one half of the sequences of the label that is the most
// frequent on the other half. `inputs` is the number of symbols; 1-input tasks show 0 or 1.
static inline TasksCounted tasks_count(const Task *task, int64_t sequences) {
    const TaskSpec *spec = &task->spec;
    const int K = spec->output_size, inputs = spec->input_size == 1 ? 2 : spec->input_size;
    const size_t cells = (size_t)spec->steps * (size_t)inputs;
    int *count[2] = {memory_zeroed(cells * (size_t)K, sizeof(int)), memory_zeroed(cells * (size_t)K, sizeof(int))};
    TaskSequence *sample = task_sequence_create(spec);
    double total = 0, entropy = 0, right = 0, seconds = 0;
    for (int64_t n = 0; n < sequences; n++) {
        task_draw(task, 3, TASK_TRAIN, n, sample);
        for (int k = 0; k < sample->scored; k++, total++) {
            int t = sample->when[k];
            int x = spec->input_size == 1 ? (int)sample->input[t] : tasks_symbol(sample->input + t * inputs, inputs);
            count[n % 2][(t * inputs + x) * K + sample->label[k]]++;
        }
    }
    for (size_t cell = 0; cell < cells; cell++) {
        const int *first = count[0] + cell * (size_t)K, *second = count[1] + cell * (size_t)K;
        double all = 0;
        int kinds = 0, likely = 0;
        for (int c = 0; c < K; c++) {
            all += first[c] + second[c];
            seconds += second[c];
            kinds += first[c] + second[c] > 0;
            if (first[c] > first[likely]) likely = c;
        }
        for (int c = 0; c < K; c++) {
            double n = first[c] + second[c];
            if (n > 0) entropy += n * log(all / n);
        }
        if (kinds > 0) entropy += (kinds - 1) / 2.0;
        right += second[likely];
    }
    task_sequence_destroy(sample);
    free(count[0]);
    free(count[1]);
    return (TasksCounted){entropy / total, right / seconds};
}

// Both within `tolerance` of the stated ones, and the larger deviation.
static inline double tasks_expect_baseline(const Task *task, int64_t sequences, double tolerance) {
    TasksCounted counted = tasks_count(task, sequences);
    tasks_expect_near(counted.loss, task->spec.baseline_loss, tolerance, "loss without a memory");
    tasks_expect_near(counted.accuracy, task->spec.baseline_accuracy, tolerance, "accuracy without a memory");
    return fmax(fabs(counted.loss - task->spec.baseline_loss), fabs(counted.accuracy - task->spec.baseline_accuracy));
}

// ---- golden sequences ------------------------------------------------------------------------------------------------------------

#define TASKS_GOLDEN "tests/golden/warmup/"

// The rows of one sequence in a table with columns dataset, sample: at each, value[place(row)] = value.
static inline int tasks_golden_rows(const char *file, const char *dataset, int sequence, const char *place, const char *column,
                                    int columns, float *out) {
    CsvTable *table = support_table(file);
    int found = 0, name = csv_column(table, "dataset");
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (strcmp(csv_text(table, row, name), dataset) != 0 || support_whole(table, row, "sample") != sequence) continue;
        int k = columns > 1 ? support_whole(table, row, "k") : 0;
        out[support_whole(table, row, place) * columns + k] = (float)support_number(table, row, column);
        found++;
    }
    csv_destroy(table);
    return found;
}

// Compares what `ask` makes of the inputs of one golden sequence with the golden steps and targets; false if there is no such sequence.
// The largest deviation goes into *worst.
static inline bool tasks_golden(const char *dataset, int sequence, int columns, void (*ask)(TaskSequence *sample),
                                double *worst) {
    enum { STEPS = 32 };
    float input[STEPS * 2], mask[STEPS] = {0}, target[STEPS];
    int rows = tasks_golden_rows(TASKS_GOLDEN "dataset_samples.csv", dataset, sequence, "t", "value", columns, input);
    if (rows == 0) return false;
    const int steps = rows / columns;
    const TaskSpec room = {.input_size = columns, .output_size = 1, .steps = steps, .scored = steps};
    TaskSequence *sample = task_sequence_create(&room);
    memcpy(sample->input, input, (size_t)rows * sizeof *input);
    sample->steps = steps;
    ask(sample);
    assert_int_equal(tasks_golden_rows(TASKS_GOLDEN "dataset_masks.csv", dataset, sequence, "t", "mask", 1, mask), steps);
    assert_int_equal(tasks_golden_rows(TASKS_GOLDEN "dataset_targets.csv", dataset, sequence, "j", "value", 1, target),
                     sample->scored);
    for (int t = 0, k = 0; t < steps; t++) {
        if (mask[t] == 0) continue;
        assert_true(k < sample->scored && sample->when[k] == t);
        *worst = fmax(*worst, fabs((double)(sample->value[k] - target[k])));
        k++;
    }
    float scored = 0;
    for (int t = 0; t < steps; t++) scored += mask[t];
    assert_int_equal((int)scored, sample->scored);
    task_sequence_destroy(sample);
    return true;
}
