#include "envs/copy_first.h"

#include <math.h>
#include <string.h>

#include "core/normal.h"

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(CopyFirstParams, length), "100", 1, 1e6, NULL, "steps of a sequence, T"},
    {"sparse", PARAM_BOOL, offsetof(CopyFirstParams, sparse), "false", 0, 0, NULL,
     "one number among zeros, anywhere but at the last step"},
};

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    const CopyFirstParams *asked = params;
    if (asked->sparse && asked->length < 2)
        return error_set(
            error, "length %d leaves no step before the last one for the number of the sparse variant, accepted: 2 or more",
            asked->length);
    *(CopyFirstParams *)model = *asked;
    *spec = (TaskSpec){.input_size = 1,
                       .output_size = 1,
                       .target = TASK_REGRESSION,
                       .steps = asked->length,
                       .scored = 1,
                       .baseline_loss = asked->length == 1 ? 0 : 1,
                       .baseline_accuracy = NAN};
    return true;
}

void copy_first_ask(bool sparse, TaskSequence *sample) {
    sample->scored = 1;
    sample->when[0] = sample->steps - 1;
    sample->value[0] = sample->input[0];
    if (!sparse) return;
    for (int t = 1; t < sample->steps; t++) sample->value[0] += sample->input[t];
}

static void sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    const CopyFirstParams *task = model;
    out->steps = task->length;
    if (task->sparse) {
        memset(out->input, 0, (size_t)task->length * sizeof *out->input);
        uint32_t position = rng_below(rng, (uint32_t)task->length - 1);
        out->input[position] = (float)rng_normal(rng);
    } else {
        rng_normals(rng, matrix_view(DTYPE_F32, task->length, 1, out->input));
    }
    copy_first_ask(task->sparse, out);
}

static void lengthen(void *params, int factor) {
    ((CopyFirstParams *)params)->length *= factor;
}

const TaskType copy_first_task = {
    .name = "copy-first",
    .help = "output the first of T random numbers at the end",
    .source = "Lambrechts et al. 2023, Neural Networks 166",
    .params = {"task copy-first", rows, sizeof rows / sizeof *rows, sizeof(CopyFirstParams)},
    .model_bytes = sizeof(CopyFirstParams),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
