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
#include "analysis/information/estimators.h"
#include "analysis/information/sample.h"
#include "benchmarks/provenance.h"
#include "core/arena.h"
#include "core/revision.h"
#include "core/store.h"

enum { SEAL_SECONDS = 5 };    // work that a kill can cost

// Longest name of a part of a sample ("bank-irrelevant-memory"), and of a series or an array.
enum { PART_NAME_SIZE = 96, SERIES_NAME_SIZE = 160 };

typedef struct Analysis {
    const SweepRun *run;
    const char *results;
    char *text;    // parameters, version and digest of the run: what the key is made of
    StoreReader *reader;
    StoreWriter *writer;
    const EstimatorChoice *choice;
    int parts;    // of a belief
    BeliefPart part[BELIEF_PARTS_MAX];
    uint64_t seed;    // of the estimators' networks and permutations
    int states;       // matrices of the cell's state: 2 when there is a memory beside h
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
    const char *slash = strchr(series, '/');
    if (!slash) return false;
    char kind[SERIES_NAME_SIZE];
    snprintf(kind, sizeof kind, "%.*s", (int)(slash - series), series);
    return strcmp(kind, "entropy") == 0 || strcmp(kind, "prepared") == 0 || estimator_find(kind, NULL) != NULL;
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

// A table of floats, one row per pair: an array of rank 2, or of rank 3 with a set in each row. Its data are the caller's to free.
static bool load(Analysis *analysis, int64_t step, const char *set, const char *what, Matrix *out, int *particles,
                 Error *error) {
    char name[SERIES_NAME_SIZE];
    array_name(name, set, what);
    StoreArray array;
    if (!store_array(analysis->reader, step, name, &array, error)) return false;
    bool is_set = array.rank == 3;
    if (array.type != DTYPE_F32 || (array.rank != 2 && !(is_set && particles))) {
        free(array.data);
        return error_set(error, "arrays/%08lld/%s is not a table of 32-bit floats", (long long)step, name);
    }
    if (particles) *particles = is_set ? (int)array.shape[1] : 1;
    size_t columns = array.shape[1] * (is_set ? array.shape[2] : 1);
    *out = matrix_view(DTYPE_F32, (int)array.shape[0], (int)columns, array.data);
    return true;
}

static bool has(Analysis *analysis, int64_t step, const char *set, const char *what) {
    char name[SERIES_NAME_SIZE];
    array_name(name, set, what);
    return store_array_exists(analysis->reader, step, name);
}

// ---- beliefs --------------------------------------------------------------------------------------------------------

// The parts of the beliefs of one sample, and their summaries for estimators that take no sets (the same data where there are none).
typedef struct Beliefs {
    int parts;
    InformationPart whole[BELIEF_PARTS_MAX], summary[BELIEF_PARTS_MAX];
} Beliefs;

static void part_name(const BeliefPart *part, char name[PART_NAME_SIZE]) {
    snprintf(name, PART_NAME_SIZE, "belief%s%s", *part->about ? "-" : "", part->about);
}

// Those of the bank stay the same and are stored once, at the first step: where those of `step` are.
static int64_t belief_step(Analysis *analysis, int64_t step, const char *set, const char *name) {
    if (strcmp(set, history_set_names[HISTORY_BANK]) != 0 || has(analysis, step, set, name)) return step;
    for (size_t i = 0; i < analysis->step_count; i++) {
        if (has(analysis, analysis->steps[i], set, name)) return analysis->steps[i];
    }
    return step;    // not there at all: loading it says so
}

static Matrix summaries(const BeliefPart *part, Matrix whole) {
    int columns = belief_summary_size(part);
    Matrix out =
        matrix_view(DTYPE_F32, whole.rows, columns, memory_alloc((size_t)whole.rows * (size_t)columns * sizeof(float)));
    for (int row = 0; row < whole.rows; row++) belief_summary(part, matrix_row(whole, row), matrix_row(out, row));
    return out;
}

static void beliefs_free(Beliefs *beliefs) {
    for (int i = 0; i < beliefs->parts; i++) {
        if (beliefs->summary[i].rows.data != beliefs->whole[i].rows.data) free(beliefs->summary[i].rows.data);
        free(beliefs->whole[i].rows.data);
    }
    beliefs->parts = 0;
}

// On success to be freed.
static bool beliefs_load(Analysis *analysis, int64_t step, const char *set, Beliefs *beliefs, Error *error) {
    *beliefs = (Beliefs){0};
    for (int i = 0; i < analysis->parts; i++) {
        BeliefPart part = analysis->part[i];
        InformationPart *whole = &beliefs->whole[i];
        char name[PART_NAME_SIZE];
        part_name(&part, name);
        *whole = (InformationPart){.discrete = part.discrete};
        if (!load(analysis, belief_step(analysis, step, set, name), set, name, &whole->rows, &whole->particles, error)) {
            beliefs_free(beliefs);
            return false;
        }
        beliefs->parts++;
        beliefs->summary[i] = *whole;
        beliefs->summary[i].particles = 1;
        part.particles = whole->particles;
        if (part.kind != BELIEF_EXACT && belief_part_size(&part) == whole->rows.cols) {
            beliefs->summary[i].rows = summaries(&part, whole->rows);
        }
    }
    return true;
}

// ---- what is written ------------------------------------------------------------------------------------------------

static void record(const Recorder *recorder, const char *kind, const char *set, const char *suffix, int64_t step,
                   double value) {
    char name[SERIES_NAME_SIZE];
    snprintf(name, sizeof name, "%s/%s%s", kind, set, suffix);
    if (isfinite(value)) record_scalar(recorder, name, step, value);
}

static void record_estimate(const Recorder *recorder, const char *kind, const char *set, int64_t step,
                            const InformationEstimate *estimate) {
    char name[SERIES_NAME_SIZE];
    snprintf(name, sizeof name, "%s/%s", kind, set);
    record_scalar(recorder, name, step, estimate->value);    // also when it is not finite
    record(recorder, kind, set, "-low", step, estimate->low);
    record(recorder, kind, set, "-high", step, estimate->high);
    record(recorder, kind, set, "-ceiling", step, estimate->ceiling);
    record(recorder, kind, set, "-pairs", step, estimate->pairs);
    record(recorder, kind, set, "-sd", step, estimate->sd);
    record(recorder, kind, set, "-train", step, estimate->train);
    record(recorder, kind, set, "-validation", step, estimate->validation);
    record(recorder, kind, set, "-ess", step, estimate->ess);
    record(recorder, kind, set, "-unreliable", step, estimate->unreliable);
}

static void record_preparation(const Recorder *recorder, const char *set, int64_t step, const Sample *sample) {
    record(recorder, "prepared", set, "-rejected", step, sample->rejected);
    record(recorder, "prepared", set, "-constant-hidden", step, sample->constant_x);
    record(recorder, "prepared", set, "-constant-belief", step, sample->constant_y);
}

// ---- one sample -----------------------------------------------------------------------------------------------------

// What is told apart from what: some vectors x against parts first..first+count-1 of the beliefs, recorded under `name`.
typedef struct Question {
    const char *name;
    Matrix x;
    const Beliefs *beliefs;
    int first, count;
    uint64_t seed;
    bool entropy;    // also of the belief
} Question;

static bool prepare(const Question *question, const InformationPart *parts, Sample *sample, Error *error) {
    InformationPairs pairs = {.x = question->x, .parts = question->count};
    for (int i = 0; i < question->count; i++) pairs.y[i] = parts[question->first + i];
    return sample_prepare(&pairs, sample, error);
}

static bool all_discrete(const Sample *sample) {
    bool all = true;
    for (int i = 0; i < sample->pairs.parts; i++) all = all && sample->pairs.y[i].discrete;
    return all;
}

static void run_estimators(Analysis *analysis, const Question *question, const Recorder *recorder, const Sample *whole,
                           const Sample *summary, int64_t step) {
    for (size_t i = 0; i < estimator_type_count; i++) {
        const EstimatorType *type = estimator_types[i];
        const Sample *sample = type->sets ? whole : summary;
        if (!analysis->choice->wanted[i] || (type->discrete && !all_discrete(sample))) continue;
        InformationEstimate estimate;
        const void *params = config_section(analysis->run->config, type->params->owner);
        Error refusal;    // of this estimator, for these pairs: the others have their say
        if (!sample_estimate(sample, type, params, question->seed, linalg_portable(), &estimate, &refusal)) {
            record(recorder, type->name, question->name, "-refused", step, 1);
            continue;
        }
        record_estimate(recorder, type->name, question->name, step, &estimate);
    }
}

// Whether the parts that are asked about are their own summaries.
static bool is_summary(const Question *question) {
    const Beliefs *beliefs = question->beliefs;
    for (int i = question->first; i < question->first + question->count; i++) {
        if (beliefs->summary[i].rows.data != beliefs->whole[i].rows.data) return false;
    }
    return true;
}

static bool answer(Analysis *analysis, const Question *question, const Recorder *recorder, int64_t step, Error *error) {
    Sample whole, apart = {0};
    bool same = is_summary(question);
    if (!prepare(question, question->beliefs->whole, &whole, error)) return false;
    bool good = same || prepare(question, question->beliefs->summary, &apart, error);
    if (good) {
        record_preparation(recorder, question->name, step, &whole);
        if (question->entropy && question->count == 1) {
            record(recorder, "entropy", question->name, "", step, sample_entropy(&whole, 0));
        }
        run_estimators(analysis, question, recorder, &whole, same ? &whole : &apart, step);
        if (!same) sample_free(&apart);
    }
    sample_free(&whole);
    return good;
}

// Every part by itself, and all together where that is asked for.
static bool answer_parts(Analysis *analysis, Question question, const char *set, const char *suffix, const Recorder *recorder,
                         int64_t step, Error *error) {
    char name[PART_NAME_SIZE];
    int parts = question.beliefs->parts;
    question.name = name;
    for (int i = 0; i < parts; i++) {
        const char *about = analysis->part[i].about;
        snprintf(name, sizeof name, "%s%s%s%s", set, *about ? "-" : "", about, suffix);
        question.first = i, question.count = 1;
        if (!answer(analysis, &question, recorder, step, error)) return false;
    }
    if (parts == 1 || !analysis->choice->all_parts) return true;
    snprintf(name, sizeof name, "%s-all%s", set, suffix);
    question.first = 0, question.count = parts;
    return answer(analysis, &question, recorder, step, error);
}

// h and, where the cell has it, (h, c): the columns of `hidden` are h of all layers, then c of all layers.
static bool analyse_set(Analysis *analysis, const char *set, int64_t step, Error *error) {
    Matrix hidden = {.data = NULL};
    Beliefs beliefs = {0};
    const Recorder *recorder = store_recorder(analysis->writer);
    bool good = load(analysis, step, set, "hidden", &hidden, NULL, error) && beliefs_load(analysis, step, set, &beliefs, error);
    if (good) {
        Question h = {.x = matrix_cols(hidden, 0, hidden.cols / analysis->states), .beliefs = &beliefs, .seed = analysis->seed};
        Question memory = h;
        h.entropy = true;
        memory.x = hidden;
        good = answer_parts(analysis, h, set, "", recorder, step, error) &&
               (analysis->states == 1 || answer_parts(analysis, memory, set, "-memory", recorder, step, error));
    }
    free(hidden.data);
    beliefs_free(&beliefs);
    return good || error_context(error, "set %s at step %lld: ", set, (long long)step);
}

// ---- the control: observations of the bank --------------------------------------------------------------------------

static const char *const control = "bank-observation";

// Of the numbers, row after row.
static void update_digest(Digest *digest, Matrix m) {
    digest_update(digest, (int32_t[]){m.rows, m.cols}, 2 * sizeof(int32_t));
    digest_update(digest, m.data, (size_t)m.rows * (size_t)m.cols * sizeof(float));
}

// Every series of an earlier control, to `to`, or to nobody. False when one cannot be read.
static bool control_read(StoreReader *reader, const Recorder *to) {
    size_t count, rows;
    const char *const *names = store_series_names(reader, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t *step;
        double *value;
        if (!store_series(reader, names[i], &rows, &step, &value, NULL)) return false;
        for (size_t row = 0; to && row < rows; row++) record_scalar(to, names[i], step[row], value[row]);
        free(step);
        free(value);
    }
    return count > 0;
}

// All of an earlier control or nothing: it is looked through before anything is copied. False when there is none that can be read.
static bool control_copy(const char *path, const Recorder *to) {
    StoreReader *reader = store_open(path, NULL);
    if (!reader) return false;
    bool whole = control_read(reader, NULL) && control_read(reader, to);
    store_close(reader);
    return whole;
}

// Keeping it only saves time, so nobody minds if another process does it at this moment; what cannot be kept is answered in place.
static bool control_make(Analysis *analysis, const Question *question, int64_t step, const char *path, const char *text,
                         Error *error) {
    char key[DIGEST_SIZE], digest[DIGEST_SIZE];
    digest_bytes(text, strlen(text), key);
    StoreWriter *writer = store_writer_open(path, key, text, NULL);
    const Recorder *recorder = store_recorder(writer ? writer : analysis->writer);
    bool good = answer_parts(analysis, *question, control, "", recorder, step, error);
    if (!writer) return good;
    StoreAttribute revision = {"code_revision", revision_code()};
    bool kept = good && store_publish(writer, &revision, 1, digest, NULL);
    store_writer_close(writer);
    if (!good) return false;
    if (kept && control_copy(path, store_recorder(analysis->writer))) return true;
    return answer_parts(analysis, *question, control, "", store_recorder(analysis->writer), step, error);
}

// A function of the bank and the parameters alone, so the estimators' seed is the bank's.
static bool control_answer(Analysis *analysis, int64_t step, Matrix observation, const Beliefs *beliefs, Error *error) {
    char digest[DIGEST_SIZE];
    Digest *contents = digest_create();
    update_digest(contents, observation);
    for (int i = 0; i < beliefs->parts; i++) update_digest(contents, beliefs->whole[i].rows);
    digest_finish(contents, digest);
    char *text = analysis_text(analysis->run, digest), *path = path_for(analysis->results, "bank", text);
    Question question = {
        .x = observation, .beliefs = beliefs, .seed = (uint64_t)config_histories(analysis->run->config)->bank_seed};
    bool good =
        control_copy(path, store_recorder(analysis->writer)) || control_make(analysis, &question, step, path, text, error);
    free(path);
    free(text);
    return good;
}

static bool analyse_control(Analysis *analysis, int64_t step, Error *error) {
    static const char bank[] = "bank";
    if (!has(analysis, step, bank, "observation")) return true;
    Matrix observation = {.data = NULL};
    Beliefs beliefs = {0};
    bool good = load(analysis, step, bank, "observation", &observation, NULL, error) &&
                beliefs_load(analysis, step, bank, &beliefs, error) &&
                control_answer(analysis, step, observation, &beliefs, error);
    free(observation.data);
    beliefs_free(&beliefs);
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
    bool last = analysis->next == (int64_t)analysis->step_count - 1;
    if (analysis->next % analysis->choice->stride != 0 && !last) {
        analysis->next++;
        return true;
    }
    for (int i = 0; i < HISTORY_SET_COUNT; i++) {
        const char *set = history_set_names[i];
        if (has(analysis, step, set, "hidden") && !analyse_set(analysis, set, step, error)) return false;
    }
    if (!analyse_control(analysis, step, error)) return false;
    analysis->next++;
    return true;
}

static bool make_params(Analysis *analysis, Error *error) {
    const Config *config = analysis->run->config;
    if (config_task(config)) {
        return error_set(error, "task %s: there are no histories and beliefs to analyse", config_problem_name(config));
    }
    Env *env = config_make_env(config, error);
    if (!env) return false;
    analysis->parts = env->spec.belief_parts;
    for (int i = 0; i < analysis->parts; i++) analysis->part[i] = env->spec.belief[i];
    env_destroy(env);
    analysis->choice = config_section(config, "estimators");
    analysis->seed = (uint64_t)analysis->run->seed;
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
