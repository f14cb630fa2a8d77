#include "envs/parity.h"

#include <math.h>

#include "envs/symbols.h"

// With a density of 0 or 1 there would be nothing to see: the time step alone tells the parity.
static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(ParityParams, length), "100", 1, 1e6, NULL, "steps of a sequence, T"},
    {"density", PARAM_REAL, offsetof(ParityParams, density), "0.5", 1e-6, 1 - 1e-6, NULL, "probability of a one, p"},
};

typedef struct Model {
    int length;
    uint32_t below;    // a 32-bit word below this one is a one
} Model;

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    (void)error;
    const ParityParams *asked = params;
    Model *task = model;
    *task = (Model){asked->length, (uint32_t)rint(asked->density * 0x1p32)};
    const double p = task->below * 0x1p-32;    // to the last bit what is drawn
    double loss = 0, right = 0, power = 1;     // (1 - 2p)^t
    for (int t = 0; t < asked->length; t++, power *= 1 - 2 * p) {
        double odd = (1 - power) / 2;
        loss += symbols_entropy_term(odd) + symbols_entropy_term(1 - odd);
        right += fmax(odd, 1 - odd);
    }
    *spec = (TaskSpec){.input_size = 1,
                       .output_size = 2,
                       .target = TASK_CLASSES,
                       .steps = asked->length,
                       .scored = asked->length,
                       .baseline_loss = loss / asked->length,
                       .baseline_accuracy = right / asked->length};
    return true;
}

void parity_ask(TaskSequence *sample) {
    symbols_ask_always(sample->steps, sample);
    int parity = 0;
    for (int t = 0; t < sample->steps; t++) sample->label[t] = parity ^= sample->input[t] != 0;
}

static void sample(const void *context, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    enum { CHUNK = 256 };
    const Model *model = context;
    const int T = model->length;
    uint32_t words[CHUNK];
    for (int t = 0; t < T; t++) {
        if (t % CHUNK == 0) rng_words(rng, words, (size_t)(T - t < CHUNK ? T - t : CHUNK));
        out->input[t] = words[t % CHUNK] < model->below;
    }
    out->steps = T;
    parity_ask(out);
}

static void lengthen(void *params, int factor) {
    ((ParityParams *)params)->length *= factor;
}

const TaskType parity_task = {
    .name = "parity",
    .help = "say at every step whether an odd number of ones has come so far",
    .source = "no paper",
    .params = {"task parity", rows, sizeof rows / sizeof *rows, sizeof(ParityParams)},
    .model_bytes = sizeof(Model),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
