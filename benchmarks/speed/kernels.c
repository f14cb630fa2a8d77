// engram bench kernels: one training step of each recurrent cell (kernels.h) beside oneDNN and PyTorch, and beside the time that its
// products and function values take at the rates of our kernels. Every path of the kernels is a row; where AVX2 is forced, the contenders
// are held to AVX2 too. All sides take turns; each turn does as many steps as last some milliseconds, always from the same weights.
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/cells/cell.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/kernels.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"

typedef enum KernelPaths { BOTH_PATHS, ONLY_AVX512, ONLY_AVX2 } KernelPaths;

typedef struct KernelsParams {
    int cell, hidden, steps;    // cell -1, hidden and steps 0: not given
    int path, repeats;
    bool contenders;
} KernelsParams;

static const char *const path_choices[] = {"both", "avx512", "avx2", NULL};

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(KernelsParams, cell), "gru", 0, 0, cell_names, "recurrent cell; when not given: all"},
    {"hidden", PARAM_INT, offsetof(KernelsParams, hidden), "128", 1, 1024, NULL, "units, H; when not given: the usual ones"},
    {"steps", PARAM_INT, offsetof(KernelsParams, steps), "100", 1, 10000, NULL, "time steps, T; when not given: 100"},
    {"path", PARAM_CHOICE, offsetof(KernelsParams, path), "both", 0, 0, path_choices, "of the kernels"},
    {"repeats", PARAM_INT, offsetof(KernelsParams, repeats), "11", 1, 1000, NULL, "turns that are timed"},
    {"contenders", PARAM_BOOL, offsetof(KernelsParams, contenders), "true", 0, 0, NULL, "oneDNN and PyTorch too"},
};

static void begin(void *memory) {
    KernelsParams *params = memory;
    params->cell = -1;
    params->hidden = params->steps = 0;
}

// ---- what is measured ------------------------------------------------------------------------------------------------------------------

static const KernelCost costs[] = {
    {"gru", 3, 3, 2, 1},         {"lstm", 4, 4, 3, 2},  {"mgu", 2, 2, 1, 1},   {"brc", 3, 0, 1, 2},   {"nbrc", 3, 2, 1, 2},
    {"feedforward", 1, 0, 0, 0}, {"elman", 1, 1, 0, 1}, {"leaky", 1, 1, 0, 1}, {"gated", 2, 2, 1, 1},
};

const KernelCost *kernel_cost(const char *cell) {
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        if (strcmp(costs[i].cell, cell) == 0) return &costs[i];
    }
    return NULL;
}

double kernel_flops(const KernelCost *cost, int steps, int hidden) {
    double from_input = 2.0 * KERNELS_BATCH * steps * KERNELS_INPUT * cost->input * hidden;
    double from_hidden = 2.0 * KERNELS_BATCH * (steps - 1) * hidden * cost->recurrent * hidden;
    return 2 * from_input + 3 * from_hidden;
}

// Milliseconds at these rates; NaN where the costs are not known.
static double bound_ms(const char *cell, int steps, int hidden, const double rate[SPEED_RATES]) {
    const KernelCost *cost = kernel_cost(cell);
    if (!cost) return NAN;
    double values = (double)KERNELS_BATCH * steps * hidden;
    return 1e-6 * (kernel_flops(cost, steps, hidden) / rate[SPEED_PRODUCT] + values * cost->tanh / rate[SPEED_TANH] +
                   values * cost->logistic / rate[SPEED_LOGISTIC]);
}

typedef struct Job {
    const char *cell;
    int hidden, steps;
} Job;

// The table that is measured when nothing is asked for.
static const Job usual[] = {
    {"lstm", 32, 100}, {"lstm", 64, 100}, {"lstm", 128, 100}, {"lstm", 256, 100}, {"gru", 32, 100},   {"gru", 64, 100},
    {"gru", 128, 100}, {"gru", 256, 100}, {"mgu", 128, 100},  {"nbrc", 32, 100},  {"nbrc", 128, 100}, {"nbrc", 256, 100},
    {"brc", 32, 100},  {"brc", 128, 100}, {"lstm", 128, 500}, {"gru", 128, 500},
};
enum { USUAL = sizeof usual / sizeof *usual, STEPS = 100, HIDDEN = 128, WORK_MAX = 500000 };

static int add_job(Job *jobs, int count, Job job) {
    for (int i = 0; i < count; i++) {
        if (strcmp(jobs[i].cell, job.cell) == 0 && jobs[i].hidden == job.hidden && jobs[i].steps == job.steps) return count;
    }
    jobs[count] = job;
    return count + 1;
}

// The usual table as far as it has what is asked for; a width, a length or a cell that it lacks makes rows of its own.
static int plan(const KernelsParams *params, Job jobs[USUAL + 1]) {
    int count = 0;
    const char *cell = params->cell >= 0 ? cell_names[params->cell] : NULL;
    for (int i = 0; i < USUAL; i++) {
        Job job = usual[i];
        if (cell && strcmp(job.cell, cell) != 0) continue;
        if (params->hidden) job.hidden = params->hidden;
        if (params->steps) job.steps = params->steps;
        if (params->hidden && !params->steps && job.steps != STEPS) continue;
        count = add_job(jobs, count, job);
    }
    if (count == 0) {
        Job job = {cell, params->hidden ? params->hidden : HIDDEN, params->steps ? params->steps : STEPS};
        count = add_job(jobs, count, job);
    }
    return count;
}

// Weights half as large as the cell begins with: from those of the nBRC sequences are chaotic, and no two programs would agree. Inputs and
// gradients uniform; the gradient small enough for a loss around 1.
static bool write_work(Exchange *exchange, const Job *job, Error *error) {
    const CellType *cell = kernels_cell(job->cell, error);
    if (!cell || !exchange_open(exchange, error)) return false;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    Weights *weights = weights_create(DTYPE_F32);
    cell->declare(weights, "layer0/", KERNELS_INPUT, job->hidden);
    weights_seal(weights);
    cell->initialise(weights, 0, KERNELS_INPUT, job->hidden, &rng);
    float *weight = weights_values(weights).data;
    for (int i = 0; i < weights_values(weights).cols; i++) weight[i] *= 0.5f;
    int steps = KERNELS_BATCH * job->steps, settings[] = {job->hidden, job->steps};
    size_t inputs = (size_t)steps * KERNELS_INPUT, values = (size_t)steps * (size_t)job->hidden;
    float *x = memory_alloc(inputs * sizeof *x), *gradient = memory_alloc(values * sizeof *gradient);
    double size = 3 / sqrt((double)values);
    for (size_t i = 0; i < inputs; i++) x[i] = (float)rng_between(&rng, -1, 1);
    for (size_t i = 0; i < values; i++) gradient[i] = (float)rng_between(&rng, -size, size);
    exchange_put(exchange, "settings", matrix_view(DTYPE_I32, 1, 2, settings));
    exchange_put(exchange, "x", matrix_view(DTYPE_F32, steps, KERNELS_INPUT, x));
    exchange_put(exchange, "gradient", matrix_view(DTYPE_F32, steps, job->hidden, gradient));
    exchange_put_weights(exchange, "", weights);
    weights_destroy(weights);
    free(x);
    free(gradient);
    return exchange_finish(exchange, error);
}

// ---- the sides -------------------------------------------------------------------------------------------------------------------------

enum { PATHS = 2, TURN_MS = 50, TURN_STEPS_MAX = 100, PROBE_STEPS = 3 };
static const char *const path_names[PATHS] = {"avx512", "avx2"};

typedef struct Side {
    Contender contender;
    bool takes;     // part in this job
    int count;      // steps in a turn
    double loss;    // of the probe
    double *ms;     // a step's, in each turn
} Side;

typedef struct Sides {
    int repeats, first, last;    // the paths
    Side side[PATHS][SPEED_SIDES];
    double *rate[PATHS][SPEED_RATES];                                   // in each turn
    double slowest[PATHS][SPEED_RATES], fastest[PATHS][SPEED_RATES];    // of the jobs' medians
} Sides;

static const ContenderCommand commands[SPEED_SIDES] = {
    [SPEED_OURS] = {.name = "engram", .function = kernels_serve},
    [SPEED_ONEDNN] = {.name = "oneDNN", .program = "onednn"},
    [SPEED_PYTORCH] = {.name = "PyTorch", .script = "kernels_torch.py"},
};

static bool choose_paths(const KernelsParams *params, Sides *sides, Error *error) {
    bool wide = kernels_supported(KERNELS_AVX512);
    if (params->path == ONLY_AVX512 && !wide)
        return error_set(error, "path avx512: this processor has no AVX-512; accepted: both, avx2");
    sides->first = wide && params->path != ONLY_AVX2 ? 0 : 1;
    sides->last = params->path == ONLY_AVX512 ? 0 : 1;
    return true;
}

static bool start_sides(const KernelsParams *params, Sides *sides, Error *error) {
    *sides = (Sides){.repeats = params->repeats};
    if (!choose_paths(params, sides, error)) return false;
    for (int path = sides->first; path <= sides->last; path++) {
        for (int rate = 0; rate < SPEED_RATES; rate++) {
            sides->rate[path][rate] = memory_zeroed((size_t)params->repeats, sizeof(double));
            sides->slowest[path][rate] = INFINITY;
        }
        for (int who = 0; who < SPEED_SIDES; who++) {
            Side *side = &sides->side[path][who];
            side->ms = memory_zeroed((size_t)params->repeats, sizeof(double));
            if (who != SPEED_OURS && !params->contenders) continue;
            ContenderCommand command = commands[who];
            if (path == 1) command.environment = contender_held_to_avx2;
            if (!contender_start(&side->contender, &command, error)) return false;
        }
    }
    return true;
}

static void stop_sides(Sides *sides) {
    for (int path = 0; path < PATHS; path++) {
        for (int rate = 0; rate < SPEED_RATES; rate++) free(sides->rate[path][rate]);
        for (int who = 0; who < SPEED_SIDES; who++) {
            contender_stop(&sides->side[path][who].contender);
            free(sides->side[path][who].ms);
        }
    }
}

// Hands the job to every side that knows the cell, and lets each do a few steps: they compare losses and say how long a step takes.
static bool open_job(Sides *sides, const Job *job, Error *error) {
    Exchange exchange = {0};
    char request[320];
    double ms, value;
    bool good = write_work(&exchange, job, error);
    snprintf(request, sizeof request, "open %s %s", job->cell, exchange.path);
    for (int path = sides->first; good && path <= sides->last; path++) {
        for (int who = 0; good && who < SPEED_SIDES; who++) {
            Side *side = &sides->side[path][who];
            side->takes = side->contender.process != 0;
            if (!side->takes) continue;
            good = contender_ask(&side->contender, request, &ms, &value, error);
            side->takes = value == 0;
        }
    }
    exchange_remove(&exchange);
    snprintf(request, sizeof request, "step %d", PROBE_STEPS);
    for (int path = sides->first; good && path <= sides->last; path++) {
        for (int who = 0; good && who < SPEED_SIDES; who++) {
            Side *side = &sides->side[path][who];
            if (!side->takes) continue;
            good = contender_ask(&side->contender, request, &ms, &side->loss, error);
            side->count = (int)fmin(fmax(TURN_MS / ms, 1), TURN_STEPS_MAX);
        }
    }
    return good;
}

// One turn of one path: its rates, then every side.
static bool take_turn(Sides *sides, int path, int turn, Error *error) {
    char request[32];
    double ms, value;
    for (int rate = 0; rate < SPEED_RATES; rate++) {
        snprintf(request, sizeof request, "rate %d", rate);
        if (!contender_ask(&sides->side[path][SPEED_OURS].contender, request, &ms, &sides->rate[path][rate][turn], error))
            return false;
    }
    for (int who = 0; who < SPEED_SIDES; who++) {
        Side *side = &sides->side[path][who];
        if (!side->takes) continue;
        snprintf(request, sizeof request, "step %d", side->count);
        if (!contender_ask(&side->contender, request, &side->ms[turn], &value, error)) return false;
    }
    return true;
}

// Turn by turn, before the turns are sorted.
static void take_ratios(Sides *sides, int path, const Job *job, SpeedRow *row) {
    const double *ours = sides->side[path][SPEED_OURS].ms;
    double *bounds = memory_zeroed((size_t)sides->repeats, sizeof *bounds);
    for (int turn = 0; turn < sides->repeats; turn++) {
        double rate[SPEED_RATES];
        for (int which = 0; which < SPEED_RATES; which++) rate[which] = sides->rate[path][which][turn];
        bounds[turn] = bound_ms(job->cell, job->steps, job->hidden, rate);
    }
    row->share = speed_ratio(bounds, ours, sides->repeats);
    for (int who = 0; who < SPEED_SIDES; who++) {
        const Side *side = &sides->side[path][who];
        row->ratio[who] = side->takes ? speed_ratio(side->ms, ours, sides->repeats) : NAN;
    }
    free(bounds);
}

static SpeedRow summarise(Sides *sides, int path, const Job *job) {
    SpeedRow row = {.hidden = job->hidden, .steps = job->steps, .batch = KERNELS_BATCH, .difference = NAN};
    snprintf(row.cell, sizeof row.cell, "%s", job->cell);
    snprintf(row.path, sizeof row.path, "%s", path_names[path]);
    take_ratios(sides, path, job, &row);
    for (int rate = 0; rate < SPEED_RATES; rate++) {
        row.rate[rate] = speed_summary(sides->rate[path][rate], sides->repeats).median;
        sides->slowest[path][rate] = fmin(sides->slowest[path][rate], row.rate[rate]);
        sides->fastest[path][rate] = fmax(sides->fastest[path][rate], row.rate[rate]);
    }
    for (int who = 0; who < SPEED_SIDES; who++) {
        Side *side = &sides->side[path][who];
        row.time[who] = side->takes ? speed_summary(side->ms, sides->repeats) : speed_not_measured();
        if (side->takes && who != SPEED_OURS) {
            row.difference = fmax(row.difference, speed_difference(side->loss, sides->side[path][SPEED_OURS].loss));
        }
    }
    row.bound = bound_ms(job->cell, job->steps, job->hidden, row.rate);
    return row;
}

static bool run_job(Sides *sides, const Job *job, SpeedReport *report, Error *error) {
    if (!open_job(sides, job, error)) return false;
    for (int turn = 0; turn < sides->repeats; turn++) {
        for (int path = sides->first; path <= sides->last; path++) {
            if (!take_turn(sides, path, turn, error)) return false;
        }
    }
    for (int path = sides->first; path <= sides->last; path++) speed_add(report, summarise(sides, path, job), 1e-3);
    return true;
}

// ---- the bench -----------------------------------------------------------------------------------------------------------------------

static const SpeedRow *find_row(const SpeedReport *report, const SpeedRow *like, int steps) {
    for (int i = 0; i < report->row_count; i++) {
        const SpeedRow *row = &report->rows[i];
        bool same = strcmp(row->cell, like->cell) == 0 && strcmp(row->path, like->path) == 0 && row->hidden == like->hidden;
        if (same && row->steps == steps) return row;
    }
    return NULL;
}

static void note_sides(const Sides *sides, SpeedReport *report) {
    for (int path = sides->first; path <= sides->last; path++) {
        const double *low = sides->slowest[path], *high = sides->fastest[path];
        speed_note(report,
                   "%s: our kernels give %.0f-%.0f GFLOP/s in products, %.2f-%.2f G/s of tanh, %.2f-%.2f G/s of logistic",
                   path_names[path], low[SPEED_PRODUCT], high[SPEED_PRODUCT], low[SPEED_TANH], high[SPEED_TANH],
                   low[SPEED_LOGISTIC], high[SPEED_LOGISTIC]);
    }
    const Side *any = sides->side[sides->last];
    if (any[SPEED_PYTORCH].contender.version[0]) {
        speed_note(report, "PyTorch: %s; oneDNN: %s; in the rows of avx2 both are held to AVX2",
                   any[SPEED_PYTORCH].contender.version, any[SPEED_ONEDNN].contender.version);
    }
}

// Long sequences beside short ones: a step should cost the same, in units of the bound of the same turns.
static void note_scaling(SpeedReport *report) {
    for (int i = 0; i < report->row_count; i++) {
        const SpeedRow *row = &report->rows[i], *usual_row = find_row(report, row, STEPS);
        if (row->steps <= STEPS || !usual_row) continue;
        speed_note(report, "%s %d, %s: T = %d takes %.2f times as long per time step as T = %d, both in units of the bound",
                   row->cell, row->hidden, row->path, row->steps, usual_row->share / row->share, STEPS);
    }
}

static bool run(const void *memory, SpeedReport *report, Error *error) {
    const KernelsParams *params = memory;
    Job jobs[USUAL + 1];
    int count = plan(params, jobs);
    for (int i = 0; i < count; i++) {
        if ((long)jobs[i].hidden * jobs[i].steps <= WORK_MAX) continue;
        return error_set(error, "hidden %d with steps %d: their product may be %d at most", jobs[i].hidden, jobs[i].steps,
                         WORK_MAX);
    }
    Sides sides;
    bool good = start_sides(params, &sides, error);
    for (int i = 0; good && i < count; i++) {
        speed_say(report, "%s %d, T = %d (%d of %d)", jobs[i].cell, jobs[i].hidden, jobs[i].steps, i + 1, count);
        good = run_job(&sides, &jobs[i], report, error);
    }
    if (good) {
        speed_note(
            report,
            "kernels: one training step (forward, backward, Adam), batch %d, input %d, one thread, ms of CPU time; bound: "
            "products and function values at the rates of the same turns",
            KERNELS_BATCH, KERNELS_INPUT);
        note_sides(&sides, report);
        note_scaling(report);
    }
    stop_sides(&sides);
    return good;
}

static const SpeedColumn columns[] = {
    {"cell", SPEED_TEXT, offsetof(SpeedRow, cell), NULL, false},
    {"hidden", SPEED_COUNT, offsetof(SpeedRow, hidden), NULL, false},
    {"steps", SPEED_COUNT, offsetof(SpeedRow, steps), NULL, false},
    {"engram_ms", SPEED_REAL, SPEED_TIMES(SPEED_OURS, median), "%.3f", false},
    {"onednn_ms", SPEED_REAL, SPEED_TIMES(SPEED_ONEDNN, median), "%.3f", false},
    {"pytorch_ms", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, median), "%.2f", false},
    {"bound_ms", SPEED_REAL, offsetof(SpeedRow, bound), "%.3f", false},
    {"path", SPEED_TEXT, offsetof(SpeedRow, path), NULL, false},
    {"share", SPEED_REAL, offsetof(SpeedRow, share), "%.2f", true},
    {"onednn/engram", SPEED_REAL, offsetof(SpeedRow, ratio[SPEED_ONEDNN]), "%.2f", true},
    {"pytorch/engram", SPEED_REAL, offsetof(SpeedRow, ratio[SPEED_PYTORCH]), "%.1f", true},
    {"engram_min", SPEED_REAL, SPEED_TIMES(SPEED_OURS, least), "%.3f", true},
    {"engram_max", SPEED_REAL, SPEED_TIMES(SPEED_OURS, most), "%.3f", true},
    {"onednn_min", SPEED_REAL, SPEED_TIMES(SPEED_ONEDNN, least), "%.3f", true},
    {"onednn_max", SPEED_REAL, SPEED_TIMES(SPEED_ONEDNN, most), "%.3f", true},
    {"pytorch_min", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, least), "%.2f", true},
    {"pytorch_max", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, most), "%.2f", true},
    {"gflops", SPEED_REAL, offsetof(SpeedRow, rate[SPEED_PRODUCT]), "%.0f", true},
    {"loss_difference", SPEED_REAL, offsetof(SpeedRow, difference), "%.1e", true},
};

const SpeedBench speed_kernels = {
    .name = "kernels",
    .help = "one training step of each recurrent cell, beside oneDNN, PyTorch and the bound",
    .params = {"bench kernels", rows, sizeof rows / sizeof *rows, sizeof(KernelsParams)},
    .begin = begin,
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .run = run,
};
