// Supervised sequence tasks. A task is a page: what is read, what is asked and when, as a comment with the source; the sampling of one
// sequence; and the loss of its trivial baseline.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/param.h"
#include "core/rng.h"

typedef enum TaskTarget {
    TASK_REGRESSION,    // output_size numbers; loss: mean of squared differences
    TASK_CLASSES,       // one of output_size classes; loss: cross-entropy in nats
} TaskTarget;

typedef enum TaskSplit { TASK_TRAIN, TASK_TEST, TASK_SPLIT_COUNT } TaskSplit;

// What does not change during a run; filled by `prepare`.
typedef struct TaskSpec {
    int input_size;    // I, numbers per step
    int output_size;
    TaskTarget target;
    int steps;     // T, of the longest sequence
    int scored;    // steps of a sequence at which a prediction is scored, at most
    // How many sequences there are of each split; 0: as many as one likes, drawn from the stream.
    int64_t samples[TASK_SPLIT_COUNT];
    // Mean loss, and for classes mean accuracy, of the best prediction that has no memory: that sees the present input and the time step
    // only. NaN: unknown.
    double baseline_loss, baseline_accuracy;
} TaskSpec;

// One sequence, in the caller's memory (task_sequence_create).
typedef struct TaskSequence {
    int steps;       // 1..spec.steps
    float *input;    // [steps, input_size]
    int scored;      // 1..spec.scored
    int *when;       // [scored] the scored steps, increasing
    float *value;    // [scored, output_size] regression: what is to be predicted there
    int *label;      // [scored] classes: 0..output_size-1
} TaskSequence;

typedef struct TaskType {
    const char *name, *help, *source;
    ParamTable params;
    size_t model_bytes;
    // Checks parameters against each other and reads files, fills model and spec. What the model owns is released by `dispose` (may be NULL).
    bool (*prepare)(const void *params, void *model, TaskSpec *spec, Error *error);
    void (*dispose)(void *model);
    // Sequence number `index` of a split. What is drawn comes from `rng`, a stream of this sequence alone; what comes from a file goes by
    // the index, below spec.samples[split].
    void (*sample)(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out);
    // The same task, `factor` times as long to remember (warps, gaps): changes parameters for a test beyond the training range. NULL: there is
    // no such thing.
    void (*lengthen)(void *params, int factor);
} TaskType;

typedef struct Task {
    const TaskType *type;
    TaskSpec spec;
    void *model, *params;    // owned
} Task;

// `params` is the struct that type->params describes. NULL with a message when the parameters contradict each other or a file is bad.
Task *task_create(const TaskType *type, const void *params, Error *error);
void task_destroy(Task *task);
// The same task made `factor` times as long; the type has `lengthen`.
Task *task_lengthened(const Task *task, int factor, Error *error);

TaskSequence *task_sequence_create(const TaskSpec *spec);    // room for the longest sequence
void task_sequence_destroy(TaskSequence *sample);

// Sequence number `index` of a split for this seed: always the same, in whatever order they are asked for.
void task_draw(const Task *task, uint64_t seed, TaskSplit split, int64_t index, TaskSequence *out);

// The registry: one line per task, in envs/tasks.c.
extern const TaskType *const task_types[];
extern const size_t task_type_count;
const TaskType *task_find(const char *name, Error *error);    // NULL with what is accepted
