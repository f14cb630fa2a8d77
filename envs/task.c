#include "envs/task.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

Task *task_create(const TaskType *type, const void *params, Error *error) {
    Task *task = memory_zeroed(1, sizeof *task);
    task->type = type;
    task->model = memory_zeroed(1, type->model_bytes);
    task->params = memory_alloc(type->params.struct_size);
    memcpy(task->params, params, type->params.struct_size);
    if (type->prepare(params, task->model, &task->spec, error)) {
        assert(task->spec.steps > 0 && task->spec.scored > 0 && task->spec.input_size > 0 && task->spec.output_size > 0);
        return task;
    }
    free(task->model);
    free(task->params);
    free(task);
    error_context(error, "task %s: ", type->name);
    return NULL;
}

void task_destroy(Task *task) {
    if (!task) return;
    if (task->type->dispose) task->type->dispose(task->model);
    free(task->model);
    free(task->params);
    free(task);
}

Task *task_lengthened(const Task *task, int factor, Error *error) {
    assert(task->type->lengthen && factor > 0);
    void *longer = memory_alloc(task->type->params.struct_size);
    memcpy(longer, task->params, task->type->params.struct_size);
    task->type->lengthen(longer, factor);
    Task *lengthened = task_create(task->type, longer, error);
    free(longer);
    return lengthened;
}

TaskSequence *task_sequence_create(const TaskSpec *spec) {
    TaskSequence *sample = memory_zeroed(1, sizeof *sample);
    sample->input = memory_zeroed((size_t)spec->steps * (size_t)spec->input_size, sizeof(float));
    sample->when = memory_zeroed((size_t)spec->scored, sizeof(int));
    sample->value = memory_zeroed((size_t)spec->scored * (size_t)spec->output_size, sizeof(float));
    sample->label = memory_zeroed((size_t)spec->scored, sizeof(int));
    return sample;
}

void task_sequence_destroy(TaskSequence *sample) {
    if (!sample) return;
    free(sample->input);
    free(sample->when);
    free(sample->value);
    free(sample->label);
    free(sample);
}

void task_draw(const Task *task, uint64_t seed, TaskSplit split, int64_t index, TaskSequence *out) {
    const TaskSpec *spec = &task->spec;
    assert(index >= 0 && (spec->samples[split] == 0 || index < spec->samples[split]));
    Rng rng = rng_stream(seed, split == TASK_TRAIN ? RNG_TASK_TRAIN : RNG_TASK_TEST, (uint64_t)index);
    task->type->sample(task->model, split, index, &rng, out);
    assert(out->steps > 0 && out->steps <= spec->steps && out->scored > 0 && out->scored <= spec->scored);
}

const TaskType *task_find(const char *name, Error *error) {
    for (size_t i = 0; i < task_type_count; i++) {
        if (strcmp(name, task_types[i]->name) == 0) return task_types[i];
    }
    const char **names = memory_zeroed(task_type_count, sizeof *names);
    for (size_t i = 0; i < task_type_count; i++) names[i] = task_types[i]->name;
    error_unknown(error, "task", name, names, task_type_count);
    free(names);
    return NULL;
}
