#include "benchmarks/analyse.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "algorithms/cells/cell.h"
#include "analysis/estimate.h"
#include "benchmarks/provenance.h"
#include "core/arena.h"
#include "core/revision.h"
#include "core/store.h"

enum { SEAL_SECONDS = 5, SERIES_NAME_SIZE = 96 };    // work that a kill can cost; longest name of a series

static const char *const sets[] = {"policy", "bank"};
enum { SET_COUNT = sizeof sets / sizeof *sets };

typedef struct Analysis {
    const SweepRun *run;
    const char *results;
    char *text;    // parameters, version and digest of the run: what the key is made of
    StoreReader *reader;
    StoreWriter *writer;
    PairParams params;
    int states;    // matrices of the cell's state: 2 when there is a memory beside h
    size_t step_count;
    int64_t *steps;    // checkpoints with arrays
    int64_t next;      // index of the first that is not analysed yet
} Analysis;

// ---- names ----------------------------------------------------------------------------------------------------------

static char *analysis_text(const SweepRun *run, const char *digest) {
    char *params = config_analysis_text(run->config);
    char *text = memory_format("%sanalysis.input = %s\nanalysis.version = %d\n", params, digest, (int)ANALYSIS_VERSION);
    free(params);
    return text;
}

static char *path_for(const char *results, const char *name, const char *text) {
    char key[DIGEST_SIZE];
    digest_bytes(text, strlen(text), key);
    return memory_format("%s/analysis/%s-%.12s.h5", results, name, key);
}

char *analyse_path(const char *results, const SweepRun *run) {
    char *log = run_path(results, run);
    StoreReader *reader = store_open(log, NULL);
    char *text = analysis_text(run, reader ? store_digest(reader) : "unreadable");
    char *path = path_for(results, run->name, text);
    if (reader) store_close(reader);
    free(text);
    free(log);
    return path;
}

bool analyse_makes(const char *series) {
    static const char *const kinds[] = {"entropy/", "mine/", "probe/"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strncmp(series, kinds[i], strlen(kinds[i])) == 0) return true;
    }
    return false;
}

RunStatus analyse_status(const char *results, const SweepRun *run, char *detail, size_t size) {
    char *path = analyse_path(results, run);
    struct stat there;
    RunStatus status = RUN_MISSING;
    if (detail && size) detail[0] = '\0';
    if (lstat(path, &there) == 0) {
        Error error;
        StoreReader *reader = store_open(path, &error);
        status = reader ? RUN_DONE : RUN_UNREADABLE;
        if (reader) store_close(reader);
        else if (detail && size) snprintf(detail, size, "%s", error.message);
    }
    free(path);
    return status;
}

// ---- what is read ---------------------------------------------------------------------------------------------------

static void array_name(char *name, const char *set, const char *what) {
    snprintf(name, SERIES_NAME_SIZE, "%s/%s", set, what);
}

// A table of floats; its data are the caller's to free.
static bool load(Analysis *analysis, int64_t step, const char *set, const char *what, Matrix *out, Error *error) {
    char name[SERIES_NAME_SIZE];
    array_name(name, set, what);
    StoreArray array;
    if (!store_array(analysis->reader, step, name, &array, error)) return false;
    if (array.type != DTYPE_F32 || array.rank != 2) {
        free(array.data);
        return error_set(error, "arrays/%08lld/%s is not a table of 32-bit floats", (long long)step, name);
    }
    *out = matrix_view(DTYPE_F32, (int)array.shape[0], (int)array.shape[1], array.data);
    return true;
}

static bool has(Analysis *analysis, int64_t step, const char *set, const char *what) {
    char name[SERIES_NAME_SIZE];
    array_name(name, set, what);
    return store_array_exists(analysis->reader, step, name);
}

// Beliefs that stay the same are stored once, at the first step: where those of `step` are.
static int64_t belief_step(Analysis *analysis, int64_t step, const char *set) {
    if (has(analysis, step, set, "belief")) return step;
    for (size_t i = 0; i < analysis->step_count; i++) {
        if (has(analysis, analysis->steps[i], set, "belief")) return analysis->steps[i];
    }
    return step;    // not there at all: loading it says so
}

// ---- what is written ------------------------------------------------------------------------------------------------

static void record(const Recorder *recorder, const char *kind, const char *set, const char *suffix, int64_t step,
                   double value) {
    char name[SERIES_NAME_SIZE];
    snprintf(name, sizeof name, "%s/%s%s", kind, set, suffix);
    record_scalar(recorder, name, step, value);
}

static void record_pairs(const Recorder *recorder, const char *set, int64_t step, const PairEstimate *estimate, bool discrete) {
    const MineEstimate *mine = &estimate->mine;
    record(recorder, "mine", set, "", step, mine->value);
    record(recorder, "mine", set, "-ess", step, mine->ess);
    record(recorder, "mine", set, "-unreliable", step, mine->unreliable);
    record(recorder, "mine", set, "-train", step, mine->train);
    if (isfinite(mine->validation)) record(recorder, "mine", set, "-validation", step, mine->validation);
    if (isfinite(mine->sd)) record(recorder, "mine", set, "-sd", step, mine->sd);
    if (discrete) record(recorder, "probe", set, "", step, estimate->probe.bound);
}

// ---- one sample -----------------------------------------------------------------------------------------------------

// h and, where the cell has it, (h, c): the columns of `hidden` are h of all layers, then c of all layers.
static bool analyse_hidden(Analysis *analysis, const char *set, int64_t step, Matrix hidden, Matrix belief, Error *error) {
    const Recorder *recorder = store_recorder(analysis->writer);
    bool discrete = analysis->params.discrete;
    PairEstimate estimate;
    Matrix h = matrix_cols(hidden, 0, hidden.cols / analysis->states);
    if (!estimate_pairs(&analysis->params, h, belief, &estimate, error)) return false;
    record_pairs(recorder, set, step, &estimate, discrete);
    if (discrete) record(recorder, "entropy", set, "", step, estimate.entropy);
    if (analysis->states == 1) return true;
    if (!estimate_pairs(&analysis->params, hidden, belief, &estimate, error)) return false;
    char memory[SERIES_NAME_SIZE / 2];
    snprintf(memory, sizeof memory, "%s-memory", set);
    record_pairs(recorder, memory, step, &estimate, discrete);
    return true;
}

static bool analyse_set(Analysis *analysis, const char *set, int64_t step, Error *error) {
    Matrix hidden = {.data = NULL}, belief = {.data = NULL};
    bool good = load(analysis, step, set, "hidden", &hidden, error) &&
                load(analysis, belief_step(analysis, step, set), set, "belief", &belief, error) &&
                analyse_hidden(analysis, set, step, hidden, belief, error);
    free(hidden.data);
    free(belief.data);
    return good || error_context(error, "set %s at step %lld: ", set, (long long)step);
}

// ---- the control: observations of the bank --------------------------------------------------------------------------

static const char *const control = "bank-observation";

// Of the numbers, row after row.
static void update_digest(Digest *digest, Matrix m) {
    digest_update(digest, (int32_t[]){m.rows, m.cols}, 2 * sizeof(int32_t));
    digest_update(digest, m.data, (size_t)m.rows * (size_t)m.cols * sizeof(float));
}

// Copies every series of an earlier control. False when there is none that can be read.
static bool control_copy(const char *path, const Recorder *to) {
    StoreReader *reader = store_open(path, NULL);
    if (!reader) return false;
    size_t count;
    const char *const *names = store_series_names(reader, &count);
    for (size_t i = 0; i < count; i++) {
        size_t rows;
        int64_t *step;
        double *value;
        if (!store_series(reader, names[i], &rows, &step, &value, NULL)) continue;
        for (size_t row = 0; row < rows; row++) record_scalar(to, names[i], step[row], value[row]);
        free(step);
        free(value);
    }
    store_close(reader);
    return count > 0;
}

// Keeping it only saves time, so nobody minds if another process does it at this moment.
static void control_keep(Analysis *analysis, const char *path, const char *text, int64_t step, const PairEstimate *estimate) {
    char key[DIGEST_SIZE], digest[DIGEST_SIZE];
    digest_bytes(text, strlen(text), key);
    StoreWriter *writer = store_writer_open(path, key, text, NULL);
    if (!writer) return;
    record_pairs(store_recorder(writer), control, step, estimate, analysis->params.discrete);
    StoreAttribute revision = {"code_revision", revision_code()};
    store_publish(writer, &revision, 1, digest, NULL);
    store_writer_close(writer);
}

// A function of the bank and the parameters alone, so the estimator's seed is the bank's.
static bool control_make(Analysis *analysis, int64_t step, Matrix observation, Matrix belief, Error *error) {
    char digest[DIGEST_SIZE];
    Digest *contents = digest_create();
    update_digest(contents, observation);
    update_digest(contents, belief);
    digest_finish(contents, digest);
    char *text = analysis_text(analysis->run, digest), *path = path_for(analysis->results, "bank", text);
    bool good = control_copy(path, store_recorder(analysis->writer));
    if (!good) {
        PairParams params = analysis->params;
        params.seed = (uint64_t)config_histories(analysis->run->config)->bank_seed;
        PairEstimate estimate;
        good = estimate_pairs(&params, observation, belief, &estimate, error);
        if (good) {
            record_pairs(store_recorder(analysis->writer), control, step, &estimate, params.discrete);
            control_keep(analysis, path, text, step, &estimate);
        }
    }
    free(path);
    free(text);
    return good;
}

static bool analyse_control(Analysis *analysis, int64_t step, Error *error) {
    if (!has(analysis, step, "bank", "observation")) return true;
    Matrix observation = {.data = NULL}, belief = {.data = NULL};
    bool good = load(analysis, step, "bank", "observation", &observation, error) &&
                load(analysis, step, "bank", "belief", &belief, error) &&
                control_make(analysis, step, observation, belief, error);
    free(observation.data);
    free(belief.data);
    return good || error_context(error, "observations of the bank: ");
}

// ---- one run --------------------------------------------------------------------------------------------------------

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void analysis_archive(void *context, Archive *archive) {
    Analysis *analysis = context;
    archive_i64(archive, "next", &analysis->next);
    if (archive_loading(archive) && (analysis->next < 0 || analysis->next > (int64_t)analysis->step_count)) {
        archive_reject(archive, "next %lld lies outside 0..%zu", (long long)analysis->next, analysis->step_count);
    }
}

static bool analyse_step(Analysis *analysis, Error *error) {
    int64_t step = analysis->steps[analysis->next];
    for (int i = 0; i < SET_COUNT; i++) {
        if (has(analysis, step, sets[i], "hidden") && !analyse_set(analysis, sets[i], step, error)) return false;
    }
    if (!analyse_control(analysis, step, error)) return false;
    analysis->next++;
    return true;
}

static bool make_params(Analysis *analysis, Error *error) {
    const Config *config = analysis->run->config;
    Env *env = env_create(config_env(config), config_env_params(config), error);
    if (!env) return false;
    analysis->params.discrete = env->spec.belief_discrete;
    env_destroy(env);
    analysis->params.mine = *(const MineParams *)config_section(config, "mine");
    analysis->params.probe = *(const ProbeParams *)config_section(config, "probe");
    analysis->params.linalg = linalg_portable();
    analysis->params.seed = (uint64_t)analysis->run->seed;
    analysis->states = cell_types[config_network(config)->cell]->state_count;
    return true;
}

static bool make_folder(const char *results, Error *error) {
    char *folder = memory_format("%s/analysis", results);
    bool good = mkdir(folder, 0777) == 0 || errno == EEXIST;
    if (!good) error_set(error, "%s cannot be created: %s", folder, strerror(errno));
    free(folder);
    return good;
}

static bool analysis_open(Analysis *analysis, Error *error) {
    char *log = run_path(analysis->results, analysis->run);
    analysis->reader = store_open(log, error);
    free(log);
    if (!analysis->reader || !make_params(analysis, error) || !make_folder(analysis->results, error)) return false;
    if (!store_array_steps(analysis->reader, &analysis->step_count, &analysis->steps, error)) return false;
    char key[DIGEST_SIZE];
    analysis->text = analysis_text(analysis->run, store_digest(analysis->reader));
    digest_bytes(analysis->text, strlen(analysis->text), key);
    char *path = path_for(analysis->results, analysis->run->name, analysis->text);
    analysis->writer = store_writer_open(path, key, analysis->text, error);
    free(path);
    if (!analysis->writer) return false;
    return store_segment_count(analysis->writer) == 0 || store_resume(analysis->writer, analysis_archive, analysis, error);
}

static void analysis_close(Analysis *analysis) {
    store_writer_close(analysis->writer);
    if (analysis->reader) store_close(analysis->reader);
    free(analysis->steps);
    free(analysis->text);
}

static bool analysis_publish(Analysis *analysis, Error *error) {
    Provenance provenance = {0};
    char digest[DIGEST_SIZE];
    provenance_add(&provenance, "code_revision", "%s", revision_code());
    provenance_add(&provenance, "run_digest", "%s", store_digest(analysis->reader));
    provenance_machine(&provenance, analysis->run->config);
    provenance_now(&provenance, "finished");
    return store_publish(analysis->writer, provenance.attributes, provenance.count, digest, error);
}

static RunOutcome analysis_work(Analysis *analysis, const RunHooks *hooks, Error *error) {
    double sealed = now();
    int64_t count = (int64_t)analysis->step_count;
    for (;;) {
        if (hooks->progress) hooks->progress(hooks->context, analysis->next, count);
        if (analysis->next >= count) break;
        bool stop = hooks->stop && *hooks->stop;
        if (stop || now() - sealed > SEAL_SECONDS) {
            if (!store_checkpoint(analysis->writer, analysis_archive, analysis, error)) return RUN_REFUSED;
            if (stop) return RUN_STOPPED;
            sealed = now();
        }
        if (!analyse_step(analysis, error)) return RUN_REFUSED;
    }
    return analysis_publish(analysis, error) ? RUN_FINISHED : RUN_REFUSED;
}

RunOutcome analyse_execute(const char *results, const SweepRun *run, const RunHooks *hooks, Error *error) {
    static const RunHooks none = {0};
    Analysis analysis = {.run = run, .results = results};
    RunOutcome outcome = RUN_REFUSED;
    if (analysis_open(&analysis, error)) outcome = analysis_work(&analysis, hooks ? hooks : &none, error);
    analysis_close(&analysis);
    return outcome;
}

const ScheduleWork analyse_work = {
    .status = analyse_status,
    .execute = analyse_execute,
    .verb = "analyse",
    .doing = "analysing",
    .unit = "checkpoint",
};
