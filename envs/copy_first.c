#include "envs/copy_first.h"

#include <math.h>

#include "core/normal.h"

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(CopyFirstParams, length), "100", 1, 1e6, NULL, "steps of a sequence, T"},
};

typedef struct Model {
    int length;
} Model;

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    (void)error;
    int length = ((const CopyFirstParams *)params)->length;
    *(Model *)model = (Model){length};
    *spec = (TaskSpec){.input_size = 1,
                       .output_size = 1,
                       .target = TASK_REGRESSION,
                       .steps = length,
                       .scored = 1,
                       .baseline_loss = length == 1 ? 0 : 1,
                       .baseline_accuracy = NAN};
    return true;
}

static void sample(const void *context, TaskSplit split, int64_t index, Rng *rng, TaskSample *out) {
    (void)split, (void)index;
    const Model *model = context;
    rng_normals(rng, matrix_view(DTYPE_F32, model->length, 1, out->input));
    out->steps = model->length;
    out->scored = 1;
    out->when[0] = model->length - 1;
    out->value[0] = out->input[0];
}

static void lengthen(void *params, int factor) {
    ((CopyFirstParams *)params)->length *= factor;
}

const TaskType copy_first_task = {
    .name = "copy-first",
    .help = "output the first of T random numbers at the end",
    .source = "Lambrechts et al. 2023, Neural Networks 166",
    .params = {"task copy-first", rows, sizeof rows / sizeof *rows, sizeof(CopyFirstParams)},
    .model_bytes = sizeof(Model),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
