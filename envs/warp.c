#include "envs/warp.h"

#include <math.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/vmath.h"
#include "envs/symbols.h"

static const char *const modes[] = {"warped", "padded", NULL};

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(WarpParams, length), "500", 2, 1e6, NULL, "steps of a sequence"},
    {"symbols", PARAM_INT, offsetof(WarpParams, symbols), "10", 2, 1000, NULL, "different symbols, the dummy among them, S"},
    {"warp", PARAM_INT, offsetof(WarpParams, warp), "10", 1, 1e6, NULL, "steps that a symbol takes, at most, W"},
    {"mode", PARAM_CHOICE, offsetof(WarpParams, mode), "warped", 0, 0, modes,
     "repeat a symbol, or show it once and then dummies"},
    {"variable", PARAM_BOOL, offsetof(WarpParams, variable), "false", 0, 0, NULL,
     "for each symbol as many steps as chance says, uniform from 1 to W"},
};

// ---- baselines: sums over all steps, as the header derives them ----------------------------------------------------------------

typedef struct Baseline {
    double loss, mistakes;
} Baseline;

static Baseline warped_baseline(const WarpParams *task) {
    const double S = task->symbols, W = task->warp;
    Baseline sum = {0, 0};
    for (int t = 0; t < task->length && t < task->warp; t++) {
        double first = task->variable ? (W - t) / W : 1, other = (1 - first) / (S - 1);
        double others = symbols_entropy_term(other);
        sum.loss += (symbols_entropy_term(first) + (S - 1) * others) / S +
                    (symbols_entropy_term(first + other) + (S - 2) * others) * (S - 1) / S;
        sum.mistakes += 1 - (fmax(first, other) + (S - 1) * (first + other)) / S;
    }
    const double rest = task->length > task->warp ? task->length - task->warp : 0;
    sum.loss += rest * vmath_log(S - 1);
    sum.mistakes += rest * (1 - 1 / (S - 1));
    return sum;
}

// Expected number of symbols shown, but for the first: a renewal process.
static double symbols_shown(const WarpParams *task) {
    const int uniform = (task->length - 1) / task->warp;
    if (!task->variable) return uniform;
    double *shown = memory_zeroed((size_t)task->length, sizeof *shown), total = 0;
    shown[0] = 1;
    for (int t = 1; t < task->length; t++) {
        // v_t = v_{t-1} + (v_{t-1} - v_{t-1-W}) / W from t = 2 on.
        double leaving = t - 1 >= task->warp ? shown[t - 1 - task->warp] : 0;
        shown[t] = t == 1 ? 1.0 / task->warp : shown[t - 1] + (shown[t - 1] - leaving) / task->warp;
        total += shown[t];
    }
    free(shown);
    return total;
}

static Baseline padded_baseline(const WarpParams *task) {
    const double unknown = symbols_shown(task), others = task->symbols - 2;
    return (Baseline){unknown * vmath_log(others), unknown * (1 - 1 / others)};
}

// ---- the task ------------------------------------------------------------------------------------------------------------------

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    const WarpParams *asked = params;
    const bool padded = asked->mode == WARP_PADDED;
    if (padded && asked->symbols < 3)
        return error_set(error, "symbols %d leaves no two for neighbours when one is the padding, accepted: 3 or more",
                         asked->symbols);
    if (!asked->variable && asked->warp >= asked->length)
        return error_set(error,
                         "warp %d: a sequence of length %d ends before its second symbol, accepted: a warp of %d or less",
                         asked->warp, asked->length, asked->length - 1);
    *(WarpParams *)model = *asked;
    Baseline sum = padded ? padded_baseline(asked) : warped_baseline(asked);
    *spec = (TaskSpec){.input_size = asked->symbols,
                       .output_size = asked->symbols,
                       .target = TASK_CLASSES,
                       .steps = asked->length,
                       .scored = asked->length,
                       .baseline_loss = sum.loss / asked->length,
                       .baseline_accuracy = 1 - sum.mistakes / asked->length};
    return true;
}

void warp_labels(WarpMode mode, int dummy, const int *symbol, int steps, int *label) {
    int present = dummy, previous = dummy;
    for (int t = 0; t < steps; t++) {
        const int shown = symbol[t];
        const bool padding = mode == WARP_PADDED && shown == dummy;
        if (!padding && (t == 0 || shown != present)) {
            previous = present;
            present = shown;
        }
        label[t] = padding ? dummy : previous;
    }
}

static void sample(const void *model, TaskSplit split, int64_t index, Rng *rng, TaskSequence *out) {
    (void)split, (void)index;
    const WarpParams *task = model;
    const int dummy = task->symbols - 1;
    const bool padded = task->mode == WARP_PADDED;
    const uint32_t kinds = (uint32_t)(padded ? dummy : task->symbols);
    int *symbol = out->label;
    uint32_t kind = rng_below(rng, kinds);
    for (int t = 0; t < task->length;) {
        int end = t + (task->variable ? 1 + (int)rng_below(rng, (uint32_t)task->warp) : task->warp);
        symbol[t++] = (int)kind;
        for (; t < end && t < task->length; t++) symbol[t] = padded ? dummy : (int)kind;
        uint32_t next = rng_below(rng, kinds - 1);
        kind = next + (next >= kind);
    }
    symbols_show(symbol, task->length, task->symbols, out->input);
    symbols_ask_always(task->length, out);
    warp_labels((WarpMode)task->mode, dummy, symbol, task->length, out->label);
}

static void lengthen(void *params, int factor) {
    ((WarpParams *)params)->warp *= factor;
}

const TaskType warp_task = {
    .name = "warp",
    .help = "output the previous symbol of a warped or padded sequence",
    .source = "Tallec and Ollivier 2018, ICLR",
    .params = {"task warp", rows, sizeof rows / sizeof *rows, sizeof(WarpParams)},
    .model_bytes = sizeof(WarpParams),
    .prepare = prepare,
    .sample = sample,
    .lengthen = lengthen,
};
