#include "envs/mnist.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/vmath.h"
#include "envs/digits.h"
#include "envs/idx.h"
#include "envs/permutation.h"

static const char *const orders[] = {"pixels", "permuted", "rows", "permuted-rows", NULL};
static const char *const images[] = {"stand-in", "mnist", NULL};
static const char *const sizes[] = {"28", "14", NULL};
static const char *const permutations[] = {"warmup", "bistable", NULL};

static const ParamSpec rows[] = {
    {"order", PARAM_CHOICE, offsetof(MnistParams, order), "pixels", 0, 0, orders, "what a step shows, and which permutation"},
    {"padding", PARAM_INT, offsetof(MnistParams, padding), "5", 0, 1e6, NULL, "steps of zeros behind the image, B"},
    {"images", PARAM_CHOICE, offsetof(MnistParams, images), "stand-in", 0, 0, images,
     "stand-in: drawn digits, whose results are not MNIST's; mnist: the files in the folder ENGRAM_DATA"},
    {"size", PARAM_CHOICE, offsetof(MnistParams, size), "28", 0, 0, sizes, "pixels to a side, n; 14: of the stand-in only"},
    {"shift", PARAM_BOOL, offsetof(MnistParams, shift), "true", 0, 0, NULL, "pixels as v/255 - 0.5; false: v/255"},
    {"permutation", PARAM_CHOICE, offsetof(MnistParams, permutation), "warmup", 0, 0, permutations,
     "whose: warmup: of pixels, seed 42; bistable: of pixels or of whole rows, seed 1"},
};

typedef struct Model {
    int size, width, steps;       // n; numbers a step; T
    float shift;                  // what is taken from v/255
    int source[DIGITS_PIXELS];    // which pixel stands at a place of the sequence
    bool files;                   // else the images are drawn
    IdxSet set[TASK_SPLIT_COUNT];
} Model;

// ---- the files ------------------------------------------------------------------------------------------------------------

static bool read_files(Model *model, Error *error) {
    static const char advice[] =
        "; accepted: the files {train,t10k}-{images-idx3,labels-idx1}-ubyte of MNIST, as they are or with .gz, in the "
        "folder that the environment variable ENGRAM_DATA names; or go on with images: stand-in";
    const char *folder = getenv("ENGRAM_DATA");
    if (!folder || !*folder) return error_set(error, "images: mnist: found no ENGRAM_DATA%s", advice);
    for (TaskSplit split = TASK_TRAIN; split < TASK_SPLIT_COUNT; split++) {
        Error inner = {0};
        if (idx_read_split(folder, split, model->size, model->size, &model->set[split], &inner)) continue;
        idx_release(&model->set[TASK_TRAIN]);
        return error_set(error, "images: mnist: %.600s%s", inner.message, advice);
    }
    model->files = true;
    return true;
}

// What knowing the frequencies of the labels alone gives: -sum p ln p, and the largest p.
static void chance(const IdxSet *set, TaskSpec *spec) {
    int times[IDX_CLASSES] = {0};
    for (int i = 0; i < set->count; i++) times[set->labels[i]]++;
    spec->baseline_loss = spec->baseline_accuracy = 0;
    for (int label = 0; label < IDX_CLASSES; label++) {
        double p = (double)times[label] / set->count;
        if (p > 0) spec->baseline_loss -= p * vmath_log(p);
        if (p > spec->baseline_accuracy) spec->baseline_accuracy = p;
    }
}

// ---- the order --------------------------------------------------------------------------------------------------------------

static void lay_out(const MnistParams *params, Model *model) {
    const int n = model->size, area = n * n;
    const bool permuted = params->order == MNIST_PERMUTED || params->order == MNIST_PERMUTED_ROWS;
    const uint32_t seed = params->permutation == MNIST_WARMUP ? 42 : 1;
    for (int i = 0; i < area; i++) model->source[i] = i;
    if (!permuted) return;
    if (params->order == MNIST_PERMUTED_ROWS && params->permutation == MNIST_BISTABLE) {
        int row[DIGITS_SIZE];
        permutation_legacy(seed, n, row);
        for (int i = 0; i < area; i++) model->source[i] = row[i / n] * n + i % n;
        return;
    }
    permutation_legacy(seed, area, model->source);
}

static bool sees_within(const MnistParams *params) {
    return params->padding == 0 && (params->order == MNIST_PERMUTED || params->order == MNIST_PERMUTED_ROWS);
}

static int steps_of_image(const MnistParams *params) {
    const int n = params->size == MNIST_28 ? DIGITS_SIZE : DIGITS_SMALL;
    return params->order == MNIST_PIXELS || params->order == MNIST_PERMUTED ? n * n : n;
}

// ---- the task ---------------------------------------------------------------------------------------------------------------

static bool prepare(const void *context, void *memory, TaskSpec *spec, Error *error) {
    const MnistParams *params = context;
    Model *model = memory;
    const int n = params->size == MNIST_28 ? DIGITS_SIZE : DIGITS_SMALL, shown = steps_of_image(params);
    *model = (Model){.size = n, .width = n * n / shown, .steps = shown + params->padding, .shift = params->shift ? 0.5f : 0};
    lay_out(params, model);
    *spec = (TaskSpec){.input_size = model->width,
                       .output_size = IDX_CLASSES,
                       .target = TASK_CLASSES,
                       .steps = model->steps,
                       .scored = 1,
                       .baseline_loss = 2.302585092994045684,    // ln 10
                       .baseline_accuracy = 0.1};
    if (params->images == MNIST_FILES) {
        if (n != DIGITS_SIZE)
            return error_set(error, "size: found 14 with images: mnist, accepted: 28, or 14 with images: stand-in");
        if (!read_files(model, error)) return false;
        chance(&model->set[TASK_TEST], spec);
        for (int split = 0; split < TASK_SPLIT_COUNT; split++) spec->samples[split] = model->set[split].count;
    }
    if (sees_within(params)) spec->baseline_loss = spec->baseline_accuracy = NAN;
    return true;
}

static void dispose(void *memory) {
    Model *model = memory;
    for (int split = 0; split < TASK_SPLIT_COUNT; split++) idx_release(&model->set[split]);
}

static void sample(const void *context, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    const Model *model = context;
    const int area = model->size * model->size;
    uint8_t drawn[DIGITS_PIXELS];
    const uint8_t *pixels = drawn;
    if (model->files) {
        pixels = model->set[split].pixels + index * area;
        out->label[0] = model->set[split].labels[index];
    } else {
        out->label[0] = digits_draw(rng, model->size, drawn);
    }
    for (int i = 0; i < area; i++) out->input[i] = (float)pixels[model->source[i]] / 255.0f - model->shift;
    memset(out->input + area, 0, (size_t)(model->steps * model->width - area) * sizeof(float));
    out->steps = model->steps;
    out->scored = 1;
    out->when[0] = model->steps - 1;
}

static void lengthen(void *context, int factor) {
    MnistParams *params = context;
    params->padding += (factor - 1) * (steps_of_image(params) + params->padding);
}

const TaskType mnist_task = {
    .name = "mnist",
    .help = "tell a digit that is read pixel by pixel or row by row; drawn stand-in digits unless images: mnist",
    .source = "Lambrechts et al. 2023, Neural Networks 166; Vecoven et al. 2021, PLoS ONE 16",
    .params = {"task mnist", rows, sizeof rows / sizeof *rows, sizeof(MnistParams)},
    .model_bytes = sizeof(Model),
    .prepare = prepare,
    .dispose = dispose,
    .sample = sample,
    .lengthen = lengthen,
};
