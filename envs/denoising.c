#include "envs/denoising.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/normal.h"

static const char *const layouts[] = {"warmup", "bistable", "bistable-2021", NULL};

static const ParamSpec rows[] = {
    {"layout", PARAM_CHOICE, offsetof(DenoisingParams, layout), "warmup", 0, 0, layouts,
     "flags and answer as in the program of which paper"},
    {"length", PARAM_INT, offsetof(DenoisingParams, length), "100", 5, 1e6, NULL, "steps of noise, T"},
    {"padding", PARAM_INT, offsetof(DenoisingParams, padding), "5", 0, 1e6, NULL,
     "last of these steps that are never marked, N"},
};

typedef struct Model {
    DenoisingLayout layout;
    int length, steps;
    int markable;    // steps 0..markable-1 may be marked
} Model;

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    const DenoisingParams *asked = params;
    DenoisingLayout layout = (DenoisingLayout)asked->layout;
    if (layout == DENOISING_WARMUP && asked->padding < DENOISING_MARKS)
        return error_set(error, "padding %d would mark steps of the answer in the layout warmup, accepted: 5 or more",
                         asked->padding);
    int padding = layout == DENOISING_BISTABLE_2021 && asked->padding == 0 ? 1 : asked->padding;
    if (asked->length < padding + DENOISING_MARKS)
        return error_set(error, "length %d with padding %d leaves fewer than 5 steps to be marked, accepted: length %d or more",
                         asked->length, asked->padding, padding + DENOISING_MARKS);
    static const int more[] = {0, 1, DENOISING_MARKS - 1};
    *(Model *)model = (Model){layout, asked->length, asked->length + more[layout], asked->length - padding};
    bool at_once = layout == DENOISING_BISTABLE;
    *spec = (TaskSpec){.input_size = 2,
                       .output_size = at_once ? DENOISING_MARKS : 1,
                       .target = TASK_REGRESSION,
                       .steps = asked->length + more[layout],
                       .scored = at_once ? 1 : DENOISING_MARKS,
                       .baseline_loss = 1,
                       .baseline_accuracy = NAN};
    return true;
}

// The marked numbers fill value in the same order, whether they are one prediction or five.
void denoising_ask(DenoisingLayout layout, TaskSequence *sample) {
    const float marked = layout == DENOISING_BISTABLE ? 0 : 1;
    sample->scored = layout == DENOISING_BISTABLE ? 1 : DENOISING_MARKS;
    for (int k = 0; k < sample->scored; k++) sample->when[k] = sample->steps - sample->scored + k;
    int found = 0;
    for (int t = 0; t < sample->steps; t++) {
        if (sample->input[2 * t + 1] != marked) continue;
        assert(found < DENOISING_MARKS);
        sample->value[found++] = sample->input[2 * t];
    }
    assert(found == DENOISING_MARKS);
}

// Sets five flags of {0..markable-1}, each set of five equally likely (Floyd's method: Bentley, "Programming pearls: a sample of
// brilliance", 1987): the i-th is drawn from one step more than the one before it, and takes that new step where it hits a marked one.
static void mark(Rng *rng, int markable, float marked, float *input) {
    for (int last = markable - DENOISING_MARKS; last < markable; last++) {
        uint32_t t = rng_below(rng, (uint32_t)last + 1);
        bool taken = input[2 * t + 1] == marked;
        input[2 * (taken ? (uint32_t)last : t) + 1] = marked;
    }
}

static void call(const Model *model, float *input) {
    const int T = model->length;
    switch (model->layout) {
    case DENOISING_WARMUP: input[2 * (T - DENOISING_MARKS) + 1] = -1; break;
    case DENOISING_BISTABLE: memcpy(input + 2 * T, (float[]){0, 1}, 2 * sizeof *input); break;
    case DENOISING_BISTABLE_2021:
        memset(input + 2 * (T - 1), 0, 2 * (size_t)(model->steps - T + 1) * sizeof *input);
        input[2 * (T - 1) + 1] = -1;
        break;
    }
}

static void sample(const void *context, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    const Model *model = context;
    const bool zero_marks = model->layout == DENOISING_BISTABLE;
    // The noise is drawn side by side into the first half, and from there, backwards, to its place.
    rng_normals(rng, matrix_view(DTYPE_F32, model->length, 1, out->input));
    for (int t = model->length - 1; t >= 0; t--) {
        out->input[2 * t] = out->input[t];
        out->input[2 * t + 1] = zero_marks ? -1 : 0;
    }
    mark(rng, model->markable, zero_marks ? 0 : 1, out->input);
    call(model, out->input);
    out->steps = model->steps;
    denoising_ask(model->layout, out);
}

static void lengthen(void *params, int factor) {
    DenoisingParams *changed = params;
    changed->length *= factor;
    changed->padding *= factor;
}

const TaskType denoising_task = {
    .name = "denoising",
    .help = "output five marked numbers of a noisy sequence at the end",
    .source = "Lambrechts et al. 2023, Neural Networks 166; Vecoven et al. 2021, PLoS ONE 16(6)",
    .params = {"task denoising", rows, sizeof rows / sizeof *rows, sizeof(DenoisingParams)},
    .model_bytes = sizeof(Model),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
