#include "envs/adding.h"

#include <math.h>

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(AddingParams, length), "200", 2, 1e6, NULL, "steps of a sequence, T"},
};

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    (void)error;
    const AddingParams *asked = params;
    *(AddingParams *)model = *asked;
    const int second_half = asked->length - asked->length / 2;
    *spec = (TaskSpec){.input_size = 2,
                       .output_size = 1,
                       .target = TASK_REGRESSION,
                       .steps = asked->length,
                       .scored = 1,
                       .baseline_loss = 1.0 / 6 - 1 / (12.0 * second_half),
                       .baseline_accuracy = NAN};
    return true;
}

void adding_ask(TaskSequence *sample) {
    sample->scored = 1;
    sample->when[0] = sample->steps - 1;
    sample->value[0] = 0;
    for (int t = 0; t < sample->steps; t++) {
        if (sample->input[2 * t + 1] != 0) sample->value[0] += sample->input[2 * t];
    }
}

static void sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    enum { CHUNK = 256 };
    const int T = ((const AddingParams *)model)->length, half = T / 2;
    uint32_t words[CHUNK];
    for (int t = 0; t < T; t++) {
        if (t % CHUNK == 0) rng_words(rng, words, (size_t)(T - t < CHUNK ? T - t : CHUNK));
        out->input[2 * t] = (float)(words[t % CHUNK] >> 8) * 0x1p-24F;
        out->input[2 * t + 1] = 0;
    }
    uint32_t first = rng_below(rng, (uint32_t)half), second = (uint32_t)half + rng_below(rng, (uint32_t)(T - half));
    out->input[2 * first + 1] = out->input[2 * second + 1] = 1;
    out->steps = T;
    adding_ask(out);
}

static void lengthen(void *params, int factor) {
    ((AddingParams *)params)->length *= factor;
}

const TaskType adding_task = {
    .name = "adding",
    .help = "output the sum of two marked numbers of T at the end",
    .source = "Tallec and Ollivier 2018, ICLR; after Hochreiter and Schmidhuber 1997, Neural Computation 9(8)",
    .params = {"task adding", rows, sizeof rows / sizeof *rows, sizeof(AddingParams)},
    .model_bytes = sizeof(AddingParams),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
