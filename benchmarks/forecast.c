#include "benchmarks/forecast.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/provenance.h"
#include "benchmarks/trainer.h"
#include "core/arena.h"
#include "core/store.h"

enum { CALIBRATION_PAIRS = 200 };

// Seconds of calibration: for all configurations together, and for one.
static const double calibration_total = 10, calibration_least = 0.2, calibration_most = 2;

typedef struct Cost {
    double seconds, memory_mib, disk_mib;    // of one run
} Cost;

// All runs of one configuration, whatever their seed.
typedef struct Group {
    char *text;                 // config_run_text with seed 0
    const SweepRun *planned;    // one of those that would be trained
    size_t planned_count, told;
    Cost sum;    // over the `told` finished runs
} Group;

static double clock_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// ---- what finished runs tell ----------------------------------------------------------------------------------------

static void group_learn(Group *group, const char *results, const SweepRun *run) {
    char *path = run_path(results, run), wall[64], memory[64];
    StoreReader *reader = store_open(path, NULL);
    struct stat file;
    if (reader && store_attribute(reader, "wall_seconds", wall, sizeof wall) &&
        store_attribute(reader, "memory_peak_mib", memory, sizeof memory) && stat(path, &file) == 0) {
        group->told++;
        group->sum.seconds += strtod(wall, NULL);
        group->sum.memory_mib += strtod(memory, NULL);
        group->sum.disk_mib += (double)file.st_size / (1024 * 1024);
    }
    if (reader) store_close(reader);
    free(path);
}

// ---- calibration ----------------------------------------------------------------------------------------------------

static void ignore_scalar(void *context, const char *name, int64_t step, double value) {
    (void)context, (void)name, (void)step, (void)value;
}

static void ignore_array(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                         const void *data) {
    (void)context, (void)name, (void)step, (void)type, (void)rank, (void)shape, (void)data;
}

typedef struct Trial {    // shared with the process that measures
    Cost cost;
    bool good;
    Error error;
} Trial;

static double unit_seconds(const Trainer *trainer, const Recorder *recorder, double limit, Error *error) {
    const AgentType *type = trainer->type;
    if (type->prepare && !type->prepare(trainer->agent, recorder, error)) return NAN;
    double begin = clock_now(), half = begin;
    int64_t half_done = 0, done = 0, budget = trainer_budget(trainer);
    while (done < budget && (done < 2 || clock_now() - begin < limit)) {
        if (!type->advance(trainer->agent, recorder, error)) return NAN;
        done = trainer_done(trainer);
        if (half_done == 0 &&
            clock_now() - begin > limit / 2) {    // the first units may cost less: they only fill the replay memory
            half = clock_now();
            half_done = done;
        }
    }
    if (half_done == done) return (half - begin) / (double)done;
    return (clock_now() - half) / (double)(done - half_done);
}

// All measurements of multistability, from one of a short horizon: its cost grows with the horizon.
static double vaa_seconds(const Trainer *trainer, const Config *config) {
    enum { HORIZON = 50 };
    if (!trainer->vaa) return 0;
    SequenceSource source = trainer->type->sequences(trainer->agent);
    if (source.count == 0) return 0;
    VaaParams params = *trainer->vaa_params;
    params.horizon = params.horizon < HORIZON ? params.horizon : HORIZON;
    params.estimates = 1;
    const Network *network = trainer->type->policy(trainer->agent);
    Vaa *vaa = vaa_create(&params, config_network(config), network->input, network->output, source.longest);
    double begin = clock_now();
    vaa_estimate(vaa, network, &source, trainer->seed, 0);
    double one = (clock_now() - begin) * trainer->vaa_params->horizon / params.horizon * trainer->vaa_params->estimates;
    vaa_destroy(vaa);
    const int64_t periods = trainer_budget(trainer) / trainer->vaa_params->period;
    return one * ((double)periods + 1);
}

// One sample of histories, from fewer pairs: its cost grows with their number.
static bool sample_seconds(const SweepRun *run, const Recorder *recorder, double *seconds, Error *error) {
    *seconds = 0;
    if (config_task(run->config)) return true;    // tasks have none
    Config *config = config_copy(run->config);
    int wanted = config_histories(config)->pairs, pairs = wanted < CALIBRATION_PAIRS ? wanted : CALIBRATION_PAIRS;
    char text[16];
    snprintf(text, sizeof text, "%d", pairs);
    Trainer trainer;
    bool good = config_set(config, "histories.pairs", text, error) && trainer_open(&trainer, config, run->seed, error);
    if (good) {
        double begin = clock_now();
        if (trainer_sample_count(&trainer) > 0) trainer_sample(&trainer, true, recorder);
        *seconds = (clock_now() - begin) * wanted / pairs;
        trainer_close(&trainer);
    }
    config_destroy(config);
    return good;
}

// Of histories and weights, before compression: nearly all that a run file holds.
static double run_bytes(const Trainer *trainer) {
    double samples = (double)trainer_sample_count(trainer);
    return trainer_sample_bytes(trainer, true) + trainer_sample_bytes(trainer, false) * fmax(samples - 1, 0);
}

static void calibrate(const SweepRun *run, double limit, Trial *out) {
    Recorder recorder = {NULL, ignore_scalar, ignore_array};
    Trainer trainer;
    double sample;
    if (!sample_seconds(run, &recorder, &sample, &out->error) || !trainer_open(&trainer, run->config, run->seed, &out->error))
        return;
    double samples = (double)trainer_sample_count(&trainer);
    double unit = unit_seconds(&trainer, &recorder, limit, &out->error);
    double vaa = isfinite(unit) ? vaa_seconds(&trainer, run->config) : 0;
    double first = trainer_sample_bytes(&trainer, true);
    out->good = isfinite(unit);
    out->cost = (Cost){
        .seconds = unit * (double)trainer_budget(&trainer) + sample * samples + vaa,
        .memory_mib = provenance_peak_mib() + first / (1024 * 1024),
        .disk_mib = run_bytes(&trainer) / (1024 * 1024),
    };
    trainer_close(&trainer);
}

// In a process of its own: its memory can be measured, and it leaves none behind.
static bool calibrate_apart(const SweepRun *run, double limit, Cost *cost, Error *error) {
    Trial *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return error_set(error, "no memory for a calibration: %s", strerror(errno));
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) {
        calibrate(run, limit, shared);
        _exit(EXIT_SUCCESS);
    }
    int status = 0;
    if (process > 0) waitpid(process, &status, 0);
    bool good = process > 0 && WIFEXITED(status) && shared->good;
    if (good) *cost = shared->cost;
    else if (process > 0 && shared->error.message[0])
        error_set(error, "calibration of %s: %s", run->name, shared->error.message);
    else error_set(error, "calibration of %s: its process could not be started or was killed", run->name);
    munmap(shared, sizeof *shared);
    return good;
}

// ---- the sum --------------------------------------------------------------------------------------------------------

static bool is_planned(RunStatus status, bool redo_stale, bool retry_failed) {
    return status == RUN_MISSING || status == RUN_INTERRUPTED || (status == RUN_STALE && redo_stale) ||
           (status == RUN_FAILED && retry_failed);
}

static Group *group_find(Group *groups, size_t *count, const SweepRun *run) {
    char *text = config_run_text(run->config, 0);
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(groups[i].text, text) == 0) {
            free(text);
            return &groups[i];
        }
    }
    groups[*count] = (Group){.text = text};
    return &groups[(*count)++];
}

static bool group_cost(const Group *group, double limit, Forecast *forecast, Error *error) {
    Cost cost = {0};
    double told = (double)group->told, planned = (double)group->planned_count;
    if (group->told) {
        cost = (Cost){group->sum.seconds / told, group->sum.memory_mib / told, group->sum.disk_mib / told};
    } else {
        if (!calibrate_apart(group->planned, limit, &cost, error)) return false;
        forecast->calibrated++;
    }
    forecast->configurations++;
    forecast->seconds += planned * cost.seconds;
    forecast->disk_mib += planned * cost.disk_mib;
    forecast->memory_mib = fmax(forecast->memory_mib, cost.memory_mib);
    return true;
}

// Groups the runs by configuration and counts those that would be trained; [count] groups, to be released.
static Group *groups_make(const char *results, const SweepRun *const *runs, size_t count, bool redo_stale, bool retry_failed,
                          bool learn, size_t *group_count, Forecast *forecast) {
    Group *groups = memory_zeroed(count + 1, sizeof *groups);
    *group_count = 0;
    for (size_t i = 0; i < count; i++) {
        RunStatus status = run_status(results, runs[i], NULL, 0);
        Group *group = group_find(groups, group_count, runs[i]);
        forecast->by_status[status]++;
        if (learn && (status == RUN_DONE || status == RUN_STALE)) group_learn(group, results, runs[i]);
        if (!is_planned(status, redo_stale, retry_failed)) continue;
        group->planned = runs[i];
        group->planned_count++;
        forecast->planned++;
    }
    return groups;
}

static void groups_free(Group *groups, size_t count) {
    for (size_t i = 0; i < count; i++) free(groups[i].text);
    free(groups);
}

bool forecast_disk(const char *results, const SweepRun *const *runs, size_t count, bool redo_stale, bool retry_failed,
                   Forecast *forecast, Error *error) {
    *forecast = (Forecast){0};
    size_t group_count;
    Group *groups = groups_make(results, runs, count, redo_stale, retry_failed, false, &group_count, forecast);
    bool good = true;
    for (size_t i = 0; i < group_count && good; i++) {
        Trainer trainer;
        if (!groups[i].planned_count) continue;
        good = trainer_open(&trainer, groups[i].planned->config, groups[i].planned->seed, error);
        if (!good) break;
        forecast->disk_mib += (double)groups[i].planned_count * run_bytes(&trainer) / (1024 * 1024);
        trainer_close(&trainer);
    }
    groups_free(groups, group_count);
    return good;
}

bool forecast_runs(const char *results, const SweepRun *const *runs, size_t count, bool redo_stale, bool retry_failed,
                   Forecast *forecast, Error *error) {
    *forecast = (Forecast){0};
    size_t group_count, unknown = 0;
    Group *groups = groups_make(results, runs, count, redo_stale, retry_failed, true, &group_count, forecast);
    for (size_t i = 0; i < group_count; i++) unknown += groups[i].planned_count && !groups[i].told;
    double limit = fmin(calibration_most, fmax(calibration_least, calibration_total / fmax((double)unknown, 1)));
    bool good = true;
    for (size_t i = 0; i < group_count && good; i++) {
        if (groups[i].planned_count) good = group_cost(&groups[i], limit, forecast, error);
    }
    groups_free(groups, group_count);
    return good;
}
