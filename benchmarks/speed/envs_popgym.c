// What a step of POPGym's environments costs: 1024 stepped together (envs/vector.h), integer or float observations written, uniform actions drawn and
// resets included; CPU time of one thread. The original in Python was measured elsewhere, each environment beside a yardstick in NumPy, which is
// measured here in the same turns: its steps per second on this machine are the yardstick's iterations times that ratio.
#include "benchmarks/speed/envs_popgym.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "benchmarks/experiment.h"
#include "benchmarks/speed/contender.h"
#include "core/arena.h"
#include "core/csv.h"
#include "envs/vector.h"

enum { TOGETHER = 1024, LEAST_STEPS = 100, YARDSTICK = 20000 };
static const double turn_ms = 20;    // that a turn should take

// Everything for one environment at one level.
typedef struct Stage {
    Vector *vector;
    VectorStep out;
    int32_t *actions;    // or floats in the same place
    uint32_t *words;
    Rng rng;
} Stage;

static Stage stage_open(const NativeType *type, int level, Error *error) {
    Stage stage = {.vector = vector_create(type, &(NativeParams){.level = level}, TOGETHER, VECTOR_RESET_SAME, error),
                   .rng = rng_stream(1, RNG_TEST, 0)};
    if (!stage.vector) return stage;
    const NativeSpec *spec = &stage.vector->native->spec;
    stage.out = (VectorStep){.observations = memory_zeroed((size_t)spec->observation.size * TOGETHER, SPACE_NUMBER_BYTES),
                             .rewards = memory_zeroed(TOGETHER, sizeof(double)),
                             .terminated = memory_zeroed(TOGETHER, 1),
                             .truncated = memory_zeroed(TOGETHER, 1)};
    stage.actions = memory_zeroed((size_t)spec->action.size * TOGETHER, SPACE_NUMBER_BYTES);
    stage.words = memory_zeroed((size_t)spec->action.size * TOGETHER, sizeof *stage.words);
    return stage;
}

static void stage_close(Stage *stage) {
    vector_destroy(stage->vector);
    free(stage->out.observations);
    free(stage->out.rewards);
    free(stage->out.terminated);
    free(stage->out.truncated);
    free(stage->actions);
    free(stage->words);
}

// Uniform but for 2^-32.
static void draw_actions(Stage *stage) {
    const Space *space = &stage->vector->native->spec.action;
    rng_words(&stage->rng, stage->words, (size_t)space->size * TOGETHER);
    for (int k = 0; k < space->size; k++) {
        if (space->kind == SPACE_DISCRETE) {
            const uint64_t choices = (uint64_t)space->choices[k];
            for (int i = k; i < TOGETHER * space->size; i += space->size)
                stage->actions[i] = (int32_t)(stage->words[i] * choices >> 32);
        } else {
            const float low = space->low[k], unit = (space->high[k] - low) * 0x1p-24f;
            float *actions = (void *)stage->actions;
            for (int i = k; i < TOGETHER * space->size; i += space->size)
                actions[i] = low + unit * (float)(stage->words[i] >> 8);
        }
    }
}

// Milliseconds of so many steps of all.
static double play(Stage *stage, int steps, Error *error) {
    const double start = serve_cpu_ms();
    for (int t = 0; t < steps; t++) {
        draw_actions(stage);
        if (!vector_step(stage->vector, stage->actions, &stage->out, error)) return NAN;
    }
    return serve_cpu_ms() - start;
}

// The original's steps for each iteration of the yardstick, actions drawn. NaN with a message when the table lacks the row.
static double original_ratio(const CsvTable *table, const NativeType *type, int level, Error *error) {
    int env, difficulty, ratio;
    if (!csv_require(table, "env", &env, error) || !csv_require(table, "difficulty", &difficulty, error) ||
        !csv_require(table, "ratio_with_sampling", &ratio, error))
        return NAN;
    for (size_t row = 0; row < csv_rows(table); row++) {
        double value;
        if (strcmp(csv_text(table, row, env), type->upstream) != 0 ||
            strcasecmp(csv_text(table, row, difficulty), native_level_names[level]) != 0)
            continue;
        return csv_number(table, row, ratio, &value, error) ? value : NAN;
    }
    error_set(error, "%s: found no row for %s, %s", csv_path(table), type->upstream, native_level_names[level]);
    return NAN;
}

// Microseconds of a step of ours and of the original's, turn by turn.
static bool measure(Stage *stage, Contender *yardstick, double ratio, int repeats, SpeedRow *row, Error *error) {
    double *us = memory_zeroed(3 * (size_t)repeats, sizeof *us), value;
    play(stage, LEAST_STEPS, error);    // warms up
    const double pilot = play(stage, LEAST_STEPS, error);
    const int steps = (int)fmax(LEAST_STEPS, LEAST_STEPS * turn_ms / fmax(pilot, 1e-3));
    bool good = isfinite(pilot);
    for (int i = 0; good && i < repeats; i++) {
        us[i] = 1e3 * play(stage, steps, error) / ((double)steps * TOGETHER);
        us[2 * repeats + i] = speed_product_ms();
        us[repeats + i] = NAN;
        if (yardstick->process == 0) continue;
        char request[32];
        double ms;
        snprintf(request, sizeof request, "%d", YARDSTICK);
        good = contender_ask(yardstick, request, &ms, &value, error);
        us[repeats + i] = 1e3 * ms / YARDSTICK / ratio;
    }
    if (good) {
        row->original_ratio = speed_ratio(us + repeats, us, repeats);
        row->original = isnan(us[repeats]) ? NAN : speed_summary(us + repeats, repeats).median;
        row->pace = speed_ratio(us + 2 * repeats, us, repeats);
        row->calibration = speed_summary(us + 2 * repeats, repeats).median;
        row->time[SPEED_OURS] = speed_summary(us, repeats);
    }
    free(us);
    return good;
}

static bool add_level(const NativeType *type, int level, const CsvTable *table, Contender *yardstick, int repeats,
                      SpeedReport *report, Error *error) {
    const double ratio = original_ratio(table, type, level, error);
    if (isnan(ratio)) return false;
    SpeedRow row = {.batch = TOGETHER, .bound = NAN, .difference = NAN};
    snprintf(row.what, sizeof row.what, "%s, %s", type->name, native_level_names[level]);
    snprintf(row.path, sizeof row.path, "%s", kernels_for(DTYPE_F32)->path);
    for (int side = 0; side < SPEED_SIDES; side++) row.time[side] = speed_not_measured(), row.ratio[side] = NAN;
    speed_say(report, "%s", row.what);
    Stage stage = stage_open(type, level, error);
    bool good = stage.vector && vector_reset(stage.vector, NULL, stage.out.observations, error) &&
                measure(&stage, yardstick, ratio, repeats, &row, error);
    stage_close(&stage);
    if (good) speed_add(report, row, 0);
    return good;
}

bool envs_popgym(int repeats, SpeedReport *report, Error *error) {
    char *path = memory_format("%s/benchmarks/popgym/upstream-speed.csv", experiment_root());
    CsvTable *table = csv_read(path, error);
    free(path);
    Contender yardstick = {0};
    const ContenderCommand command = {.name = "NumPy", .script = "envs_numpy.py"};
    bool good = table && contender_start(&yardstick, &command, error);
    for (size_t i = 0; good && i < native_type_count; i++) {
        for (int level = 0; good && level < LEVEL_COUNT; level++)
            good = add_level(native_types[i], level, table, &yardstick, repeats, report, error);
    }
    if (good) {
        speed_note(report, "NumPy: %s", yardstick.version);
        speed_note(report,
                   "POPGym: %d together, uniform actions and resets included; the original in Python by its ratio to NumPy",
                   TOGETHER);
    }
    contender_stop(&yardstick);
    if (table) csv_destroy(table);
    return good;
}
