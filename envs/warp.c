#include "envs/warp.h"

#include <assert.h>
#include <limits.h>
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
     "for each symbol as many steps as chance says, uniform from the shortest to W"},
    {"shortest", PARAM_INT, offsetof(WarpParams, shortest), "1", 1, 1e6, NULL, "variable: steps that a symbol takes, at least"},
    {"longer_from", PARAM_INT, offsetof(WarpParams, longer_from), "0", 0, 1e6, NULL,
     "variable: the shortest in tests beyond the training range; 0: as in training"},
};

static int shortest_warp(const WarpParams *task) {
    return task->variable ? task->shortest : task->warp;
}

// ---- baselines: sums over all steps, as the header derives them ----------------------------------------------------------------

typedef struct Baseline {
    double loss, mistakes;
} Baseline;

static Baseline warped_baseline(const WarpParams *task) {
    const double S = task->symbols, W = task->warp;
    const int least = shortest_warp(task);
    Baseline sum = {0, 0};
    for (int t = 0; t < task->length && t < task->warp; t++) {
        double first = t < least ? 1 : (W - t) / (W - least + 1), other = (1 - first) / (S - 1);
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

// Expected number of symbols shown, but for the first: a renewal process. From t = 2 on, with n = W - w + 1,
// v_t = v_{t-1} + (v_{t-w} - v_{t-1-W}) / n, the difference of two sums over n steps that share all but one.
static double symbols_shown(const WarpParams *task) {
    const int least = shortest_warp(task), most = task->warp;
    const double n = most - least + 1;
    double *shown = memory_zeroed((size_t)task->length, sizeof *shown), total = 0;
    shown[0] = 1;
    for (int t = 1; t < task->length; t++) {
        double coming = t >= least ? shown[t - least] : 0, leaving = t - 1 >= most ? shown[t - 1 - most] : 0;
        shown[t] = t == 1 ? coming / n : shown[t - 1] + (coming - leaving) / n;
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

static bool check_uniform(const WarpParams *asked, Error *error) {
    if (asked->shortest != 1)
        return error_set(error, "shortest %d, but all warps are %d without variable, accepted: 1, or variable true",
                         asked->shortest, asked->warp);
    if (asked->longer_from != 0)
        return error_set(error, "longer_from %d, but warps have no range without variable, accepted: 0, or variable true",
                         asked->longer_from);
    if (asked->warp >= asked->length)
        return error_set(error,
                         "warp %d: a sequence of length %d ends before its second symbol, accepted: a warp of %d or less",
                         asked->warp, asked->length, asked->length - 1);
    return true;
}

// The range in training, and that in longer tests: now, not after the training.
static bool check_variable(const WarpParams *asked, Error *error) {
    const long long twice = 2LL * asked->warp;
    if (asked->shortest > asked->warp)
        return error_set(error, "shortest %d is above warp %d, accepted: 1 to %d", asked->shortest, asked->warp, asked->warp);
    if (asked->shortest >= asked->length)
        return error_set(error, "shortest %d: a sequence of length %d ends before its second symbol, accepted: 1 to %d",
                         asked->shortest, asked->length, asked->length - 1);
    if (asked->longer_from > twice)
        return error_set(error, "longer_from %d: at twice the warp %d all warps are shorter, accepted: 0 to %lld",
                         asked->longer_from, asked->warp, twice);
    if (asked->longer_from >= asked->length)
        return error_set(error, "longer_from %d: a test of length %d ends before its second symbol, accepted: 0 to %d",
                         asked->longer_from, asked->length, asked->length - 1);
    return true;
}

static bool prepare(const void *params, void *model, TaskSpec *spec, Error *error) {
    const WarpParams *asked = params;
    const bool padded = asked->mode == WARP_PADDED;
    if (padded && asked->symbols < 3)
        return error_set(error, "symbols %d leaves no two for neighbours when one is the padding, accepted: 3 or more",
                         asked->symbols);
    if (!(asked->variable ? check_variable(asked, error) : check_uniform(asked, error))) return false;
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
    const int least = shortest_warp(task);
    int *symbol = out->label;
    uint32_t kind = rng_below(rng, kinds);
    for (int t = 0; t < task->length;) {
        int end = t + least + (task->variable ? (int)rng_below(rng, (uint32_t)(task->warp - least + 1)) : 0);
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
    WarpParams *changed = params;
    // Steps are counted in an int, up to length + W. Both are 1e6 at most, and agent.lengthen 1000: far from it.
    assert(changed->warp <= (INT_MAX - changed->length) / factor);
    changed->warp *= factor;
    if (factor > 1 && changed->longer_from > 0) changed->shortest = changed->longer_from;
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
