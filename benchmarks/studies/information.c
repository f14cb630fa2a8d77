#include "benchmarks/studies/information.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/arena.h"

static const char *const tasks_choices[] = {"short",  "all",     "line",  "dense", "sparse",
                                            "spiral", "student", "asinh", "label", NULL};

static const ParamSpec rows[] = {
    {"tasks", PARAM_CHOICE, offsetof(InformationStudyParams, tasks), "short", 0, 0, tasks_choices,
     "a list of each kind, all, or a family"},
    {"pairs", PARAM_INT, offsetof(InformationStudyParams, pairs), "2000", 2, 1000000, NULL, "in each half"},
    {"repetitions", PARAM_INT, offsetof(InformationStudyParams, repetitions), "3", 1, 10000, NULL, "samples of each task"},
    {"seed", PARAM_INT, offsetof(InformationStudyParams, seed), "0", 0, 2147483647, NULL, "of all streams"},
};
const ParamTable information_study_params = {"bench mi", rows, sizeof rows / sizeof *rows, sizeof(InformationStudyParams)};

static const char *const short_list[] = {
    "1v1-normal-0.75",
    "1v1-additive-0.1",
    "half_cube-1v1-normal-0.75",
    "student-identity-1-1-1",
    "asinh-student-identity-1-1-1",
    "multinormal-dense-5-5-0.5",
    "multinormal-dense-25-25-0.5",
    "multinormal-sparse-3-3-2-2.0",
    "multinormal-sparse-5-5-2-2.0",
    "multinormal-sparse-25-25-2-2.0",
    "spiral-multinormal-sparse-3-3-2-2.0",
    "uniform-mixture-m5",
    "noisy-label-m5-0.2",
};

static bool is_asked(const KnownTask *task, int tasks) {
    if (tasks >= STUDY_FAMILY) return (int)task->family == tasks - STUDY_FAMILY;
    bool listed = tasks == STUDY_ALL;
    for (size_t i = 0; i < sizeof short_list / sizeof *short_list; i++) {
        listed = listed || strcmp(task->name, short_list[i]) == 0;
    }
    return listed;
}

// Which tasks an estimator is for; what it says of others is no news.
static bool is_for(const EstimatorType *type, const KnownTask *task) {
    if (strcmp(type->name, "ross") == 0) return task->family == KNOWN_LABEL && task->draw != DRAW_NOISY_LABEL;
    if (strcmp(type->name, "plug-in") == 0) return task->draw == DRAW_NOISY_LABEL;
    return true;
}

bool information_study_is_aside(const EstimatorType *const *types, size_t count, size_t at) {
    if (strcmp(types[at]->name, "sliced") == 0) return true;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(types[i]->name);
        if (strncmp(types[at]->name, types[i]->name, length) == 0 && types[at]->name[length] == '-') return true;
    }
    return false;
}

// ---- samples -------------------------------------------------------------------------------------------------------------------

typedef struct Sample {
    float *numbers;    // all of it
    InformationTask task;
} Sample;

static Sample draw_sample(const KnownTask *known, const InformationStudyParams *params, int repetition) {
    int n = params->pairs, dx = known->dx, dy = known->dy;
    Sample sample = {.numbers = memory_alloc(2 * (size_t)n * (size_t)(dx + dy) * sizeof *sample.numbers)};
    Matrix x = matrix_view(DTYPE_F32, 2 * n, dx, sample.numbers);
    Matrix y = matrix_view(DTYPE_F32, 2 * n, dy, sample.numbers + 2 * (size_t)n * (size_t)dx);
    // Pairs stand for histories: streams that no estimator draws from.
    uint64_t index = (uint64_t)(known - known_tasks) << 32 | (uint64_t)repetition;
    Rng rng = rng_stream((uint64_t)params->seed, RNG_HISTORIES_ENVIRONMENT, index);
    known_draw(known, &rng, x, y);
    InformationPairs *halves[] = {&sample.task.train, &sample.task.test};
    for (int h = 0; h < 2; h++) {
        InformationPart part = {matrix_rows(y, h * n, n), .particles = 1, .discrete = known->family == KNOWN_LABEL};
        *halves[h] = (InformationPairs){.x = matrix_rows(x, h * n, n), .parts = 1, .y = {part}};
    }
    sample.task.seed = (uint64_t)params->seed << 16 | (uint64_t)repetition;
    sample.task.linalg = linalg_portable();
    return sample;
}

// ---- estimates -----------------------------------------------------------------------------------------------------------------

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *default_params(const EstimatorType *type) {
    if (!type->params) return NULL;
    void *params = memory_zeroed(1, type->params->struct_size);
    param_defaults(type->params, params);
    return params;
}

static void refuse(InformationStudy *study, const InformationStudyRow *row, const Error *error) {
    for (int i = 0; i < study->refusal_count; i++) {
        if (study->refusals[i].estimator != row->estimator) continue;
        study->refusals[i].count++;
        return;
    }
    study->refusals[study->refusal_count++] = (InformationStudyRefusal){row->estimator, row->task, 1, *error};
}

// What is added up over the samples of a row.
typedef struct Sums {
    int values, ceilings;
    double value, square, ceiling;    // squares of the distance from the truth: small numbers
} Sums;

static void add(InformationStudyRow *row, Sums *sums, const InformationEstimate *estimate) {
    row->pairs = estimate->pairs;
    row->unreliable += estimate->unreliable;
    if (isfinite(estimate->ceiling)) sums->ceilings++, sums->ceiling += estimate->ceiling;
    if (!isfinite(estimate->value)) {
        row->undefined++;
        return;
    }
    double distance = estimate->value - row->truth;
    sums->values++;
    sums->value += distance;
    sums->square += distance * distance;
}

static void finish(InformationStudyRow *row, const Sums *sums, int repetitions) {
    int n = sums->values;
    double mean = n > 0 ? sums->value / n : NAN, squares = sums->square - sums->value * mean;
    row->mean = row->truth + mean;
    row->sd = n > 1 ? sqrt(fmax(0, squares) / (n - 1)) : NAN;
    row->ceiling = sums->ceilings > 0 ? sums->ceiling / sums->ceilings : NAN;
    row->seconds /= repetitions;
}

static void estimate_task(InformationStudy *study, const KnownTask *known, const Sample *samples, const EstimatorType *type) {
    InformationStudyRow row = {.task = known, .estimator = type, .truth = known_information(known)};
    Sums sums = {0};
    void *params = default_params(type);
    bool taken = true;
    for (int r = 0; taken && r < study->params.repetitions; r++) {
        InformationEstimate estimate = information_unknown();
        Error error = {0};
        double before = cpu_seconds();
        taken = type->estimate(params, &samples[r].task, &estimate, &error);
        row.seconds += cpu_seconds() - before;
        if (taken) add(&row, &sums, &estimate);
        else refuse(study, &row, &error);
    }
    free(params);
    if (!taken) return;
    finish(&row, &sums, study->params.repetitions);
    study->rows[study->row_count++] = row;
}

static void announce(const KnownTask *known, int number, int of, void (*say)(const char *text)) {
    if (!say) return;
    char *text = memory_format("%s (%d of %d)", known->name, number, of);
    say(text);
    free(text);
}

InformationStudy *information_study_run(const InformationStudyParams *params, const EstimatorType *const *types, size_t count,
                                        void (*say)(const char *text)) {
    InformationStudy *study = memory_zeroed(1, sizeof *study);
    study->params = *params;
    study->rows = memory_zeroed(known_task_count * count + 1, sizeof *study->rows);
    study->refusals = memory_zeroed(count + 1, sizeof *study->refusals);
    Sample *samples = memory_zeroed((size_t)params->repetitions, sizeof *samples);
    int asked = 0, begun = 0;
    for (size_t k = 0; k < known_task_count; k++) asked += is_asked(&known_tasks[k], params->tasks);
    for (const KnownTask *known = known_tasks; known < known_tasks + known_task_count; known++) {
        if (!is_asked(known, params->tasks)) continue;
        announce(known, ++begun, asked, say);
        for (int r = 0; r < params->repetitions; r++) samples[r] = draw_sample(known, params, r);
        for (size_t t = 0; t < count; t++) {
            if (is_for(types[t], known)) estimate_task(study, known, samples, types[t]);
        }
        for (int r = 0; r < params->repetitions; r++) free(samples[r].numbers);
    }
    free(samples);
    return study;
}

void information_study_free(InformationStudy *study) {
    if (!study) return;
    free(study->rows);
    free(study->refusals);
    free(study);
}

// ---- the table ---------------------------------------------------------------------------------------------------------------

const char *const information_study_columns[INFORMATION_STUDY_COLUMNS] = {
    "task", "family", "dx",    "dy",      "estimator",  "pairs",     "repetitions", "truth",
    "mean", "sd",     "error", "ceiling", "unreliable", "undefined", "seconds"};

const char *information_study_format(double nats) {
    return fabs(nats) < 1000 ? "%.4f" : "%.3e";
}

// A number, or an empty cell where it is none.
static void write_number(FILE *out, const char *format, double value) {
    fputc(',', out);
    if (isfinite(value)) fprintf(out, format, value);
}

void information_study_write_csv(const InformationStudy *study, FILE *out) {
    for (int c = 0; c < INFORMATION_STUDY_COLUMNS; c++) fprintf(out, "%s%s", c ? "," : "", information_study_columns[c]);
    fputc('\n', out);
    for (int i = 0; i < study->row_count; i++) {
        const InformationStudyRow *row = &study->rows[i];
        const KnownTask *task = row->task;
        fprintf(out, "%s,%s,%d,%d,%s,%d,%d,%.4f", task->name, known_families[task->family], task->dx, task->dy,
                row->estimator->name, row->pairs, study->params.repetitions, row->truth);
        write_number(out, information_study_format(row->mean), row->mean);
        write_number(out, information_study_format(row->sd), row->sd);
        double distance = row->mean - row->truth;
        write_number(out, information_study_format(distance), distance);
        write_number(out, "%.4f", row->ceiling);
        fprintf(out, ",%d,%d", row->unreliable, row->undefined);
        write_number(out, "%.3g", row->seconds);
        fputc('\n', out);
    }
}
