#include "envs/copy_memory.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/vmath.h"
#include "envs/symbols.h"

enum { WORD = COPY_MEMORY_WORD, AROUND = 2 * WORD };    // steps beside the T

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(CopyMemoryParams, length), "100", 1, 1e6, NULL, "steps from the letters to the signal, T"},
    {"variable", PARAM_BOOL, offsetof(CopyMemoryParams, variable), "false", 0, 0, NULL,
     "as many steps as chance says, uniform from 1 to T"},
};

// Of the T possible gaps, how many ask for a letter at step t: those from t - 19 to t - 10.
static int asking(int T, int t) {
    int first = t - AROUND + 1, last = t - WORD;
    if (first < 1) first = 1;
    if (last > T) last = T;
    return last < first ? 0 : last - first + 1;
}

static void variable_baseline(int T, double *loss, double *mistakes) {
    for (int t = WORD; t < T + AROUND; t++) {
        int dummies = t < T + WORD ? T - 1 : T, letters = asking(T, t);
        if (letters == 0) continue;
        double weight = (double)dummies / T, p = (double)letters / dummies;
        *loss += weight * (symbols_entropy_term(p) + symbols_entropy_term(1 - p));
        *mistakes += weight * (1 - fmax(1 - p, p / COPY_MEMORY_LETTERS));
    }
}

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    (void)error;
    const CopyMemoryParams *asked = params;
    *(CopyMemoryParams *)model = *asked;
    const int steps = asked->length + AROUND;
    double loss = WORD * vmath_log(COPY_MEMORY_LETTERS), mistakes = 0;
    if (asked->variable) variable_baseline(asked->length, &loss, &mistakes);
    else mistakes = WORD * (1 - 1.0 / COPY_MEMORY_LETTERS);
    *spec = (TaskSpec){.input_size = COPY_MEMORY_SYMBOLS,
                       .output_size = COPY_MEMORY_CLASSES,
                       .target = TASK_CLASSES,
                       .steps = steps,
                       .scored = steps,
                       .baseline_loss = loss / steps,
                       .baseline_accuracy = 1 - mistakes / steps};
    return true;
}

void copy_memory_labels(const int *symbol, int steps, int *label) {
    int word[WORD], signal = WORD;
    memcpy(word, symbol, sizeof word);
    while (symbol[signal] != COPY_MEMORY_SIGNAL) signal++;
    assert(signal + WORD < steps);
    for (int t = 0; t < steps; t++) label[t] = COPY_MEMORY_DUMMY;
    memcpy(label + signal + 1, word, sizeof word);
}

static void sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    const CopyMemoryParams *task = model;
    const int T = task->length, steps = T + AROUND;
    const int gap = task->variable ? 1 + (int)rng_below(rng, (uint32_t)T) : T;
    int *symbol = out->label;
    for (int t = 0; t < steps; t++) symbol[t] = COPY_MEMORY_DUMMY;
    for (int i = 0; i < WORD; i++) symbol[i] = (int)rng_below(rng, COPY_MEMORY_LETTERS);
    symbol[WORD + gap - 1] = COPY_MEMORY_SIGNAL;
    symbols_show(symbol, steps, COPY_MEMORY_SYMBOLS, out->input);
    symbols_ask_always(steps, out);
    copy_memory_labels(symbol, steps, out->label);
}

static void lengthen(void *params, int factor) {
    ((CopyMemoryParams *)params)->length *= factor;
}

const TaskType copy_memory_task = {
    .name = "copy-memory",
    .help = "repeat ten letters after T steps",
    .source = "Tallec and Ollivier 2018, ICLR; after Hochreiter and Schmidhuber 1997, Neural Computation 9(8)",
    .params = {"task copy-memory", rows, sizeof rows / sizeof *rows, sizeof(CopyMemoryParams)},
    .model_bytes = sizeof(CopyMemoryParams),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
