// engram bench sequence: a gradient step of supervised learning - the loss of a batch, back-propagation through all of its time, Adam - at a
// length and at 5 and 20 times that length, in the same turns: a time step should cost the same, whatever the sequence's length. GRU and LSTM
// also by PyTorch. Then the rows of sequence_vaa.c.
//
// Every turn begins from the same weights. Drawing the sequences is left out on both sides. PyTorch too is told that subnormal numbers are
// zero (core/tape.c): otherwise the gradients that vanish on the way back would cost it far more than ours.
#include "benchmarks/speed/sequence.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "algorithms/agents/supervised.h"
#include "algorithms/cells/cell.h"
#include "benchmarks/speed/contender.h"
#include "benchmarks/speed/exchange.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "envs/copy_first.h"
#include "envs/copy_memory.h"

enum { BATCH = 32, LENGTHS = 3 };

static const int longer[LENGTHS] = {1, 5, 20};       // times the shortest
static const int turn_steps[LENGTHS] = {5, 2, 1};    // gradient steps of a turn
static const int usual_hidden[] = {128, 256};
enum { USUAL_HIDDEN = sizeof usual_hidden / sizeof *usual_hidden };

typedef enum ScoredTask { LAST_STEP, EVERY_STEP } ScoredTask;
static const char *const task_choices[] = {"copy-first", "copy-memory", NULL};    // by ScoredTask

static const ParamSpec rows[] = {
    {"cell", PARAM_CHOICE, offsetof(SequenceBenchParams, cell), "gru", 0, 0, cell_names, "recurrent cell; when not given: all"},
    {"hidden", PARAM_INT, offsetof(SequenceBenchParams, hidden), "128", 1, 1024, NULL,
     "units of each of the two layers; when not given: 128 and 256"},
    {"steps", PARAM_INT, offsetof(SequenceBenchParams, steps), "100", 1, 5000, NULL,
     "time steps of the shortest sequences, T; others are 5 and 20 times as long"},
    {"task", PARAM_CHOICE, offsetof(SequenceBenchParams, task), "copy-first", 0, 0, task_choices,
     "copy-first: the last step is scored; copy-memory: every step is"},
    {"repeats", PARAM_INT, offsetof(SequenceBenchParams, repeats), "3", 1, 1000, NULL, "turns that are timed"},
    {"contenders", PARAM_BOOL, offsetof(SequenceBenchParams, contenders), "true", 0, 0, NULL, "PyTorch too"},
    {"horizon", PARAM_INT, offsetof(SequenceBenchParams, horizon), "10000", 0, 1e6, NULL,
     "steps with one input held in an estimate of VAA, M; 0: no estimates"},
    {"samples", PARAM_INT, offsetof(SequenceBenchParams, samples), "32", 1, 4096, NULL, "sequences of an estimate, n"},
};

static void begin(void *memory) {
    SequenceBenchParams *params = memory;
    params->cell = -1;
    params->hidden = 0;
}

// ---- the work of one length ------------------------------------------------------------------------------------------------------------

typedef struct Work {
    int steps;
    Task *task;
    Network *network, *begin;
    SupervisedLearner *learner;
    double *ours, *theirs;    // ms of a gradient step, in each turn
    double difference;        // of the losses of the first turn
} Work;

NetworkParams sequence_network(int cell, int hidden) {
    NetworkParams params;
    param_defaults(&network_params, &params);
    params.cell = cell;
    params.hidden = hidden;
    params.layers = SEQUENCE_LAYERS;
    return params;
}

Network *sequence_new_network(const NetworkParams *params, int input, int output, DType type) {
    Network *network = network_create(params, input, output, type);
    Rng rng = rng_stream(1, RNG_INITIALISATION, 0);
    network_initialise(network, &rng);
    return network;
}

static Task *new_task(ScoredTask which, int steps, Error *error) {
    CopyFirstParams first = {.length = steps};
    CopyMemoryParams memory = {.length = steps - 2 * COPY_MEMORY_WORD};
    return which == LAST_STEP ? task_create(&copy_first_task, &first, error) : task_create(&copy_memory_task, &memory, error);
}

static bool make_work(Work *work, const SequenceBenchParams *bench, const NetworkParams *shape, int steps, Error *error) {
    *work = (Work){.steps = steps, .task = new_task((ScoredTask)bench->task, steps, error), .difference = NAN};
    if (!work->task) return false;
    const TaskSpec *spec = &work->task->spec;
    work->network = sequence_new_network(shape, spec->input_size, spec->output_size, DTYPE_F32);
    work->begin = sequence_new_network(shape, spec->input_size, spec->output_size, DTYPE_F32);
    work->learner = supervised_learner_create(spec, work->network, BATCH, linalg_portable());
    for (int i = 0; i < BATCH; i++) task_draw(work->task, 1, TASK_TRAIN, i, supervised_learner_sample(work->learner, i));
    work->ours = memory_zeroed(2 * (size_t)bench->repeats, sizeof *work->ours);
    work->theirs = work->ours + bench->repeats;
    return true;
}

static void free_work(Work *work) {
    if (!work->task) return;
    supervised_learner_destroy(work->learner);
    network_destroy(work->network);
    network_destroy(work->begin);
    task_destroy(work->task);
    free(work->ours);
}

// Inputs [T * B, I], time step after time step, and what is to be predicted: values [B, O] at the last step, or labels [T, B].
static void put_sequences(Exchange *exchange, const Work *work) {
    const TaskSpec *spec = &work->task->spec;
    int steps = work->steps, width = spec->input_size;
    float *x = memory_alloc((size_t)steps * BATCH * (size_t)width * sizeof *x), *value = memory_alloc(BATCH * sizeof *value);
    int *label = memory_alloc((size_t)steps * BATCH * sizeof *label);
    for (int i = 0; i < BATCH; i++) {
        const TaskSequence *sample = supervised_learner_sample(work->learner, i);
        for (int t = 0; t < steps; t++)
            memcpy(x + (t * BATCH + i) * width, sample->input + t * width, (size_t)width * sizeof *x);
        if (spec->target == TASK_REGRESSION) value[i] = sample->value[0];
        for (int t = 0; spec->target == TASK_CLASSES && t < steps; t++) label[t * BATCH + i] = sample->label[t];
    }
    exchange_put(exchange, "x", matrix_view(DTYPE_F32, steps * BATCH, width, x));
    if (spec->target == TASK_REGRESSION) exchange_put(exchange, "value", matrix_view(DTYPE_F32, BATCH, 1, value));
    else exchange_put(exchange, "label", matrix_view(DTYPE_I32, steps, BATCH, label));
    free(x);
    free(value);
    free(label);
}

static bool write_work(Exchange *exchange, const Work *work, Error *error) {
    if (!exchange_open(exchange, error)) return false;
    int settings[] = {work->steps, SEQUENCE_LAYERS};
    exchange_put(exchange, "settings", matrix_view(DTYPE_I32, 1, 2, settings));
    put_sequences(exchange, work);
    exchange_put_weights(exchange, "", work->begin->weights);
    return exchange_finish(exchange, error);
}

// Milliseconds of a gradient step, the mean over `count`; the loss before the first.
static double train(Work *work, int count, double *loss) {
    weights_copy(work->begin->weights, work->network->weights);
    Optim *optim = optim_create(optim_default_params(), work->network->weights);
    double start = serve_cpu_ms();
    for (int i = 0; i < count; i++) {
        double now = supervised_learner_loss(work->learner, BATCH, true).loss;
        optim_step(optim, work->network->weights);
        if (i == 0) *loss = now;
    }
    double ms = (serve_cpu_ms() - start) / count;
    optim_destroy(optim);
    return ms;
}

// ---- turns -----------------------------------------------------------------------------------------------------------------------------

static bool hand_over(Contender *contender, const char *cell, Work work[LENGTHS], Error *error) {
    bool good = true;
    for (int l = 0; good && l < LENGTHS; l++) {
        Exchange exchange = {0};
        char request[320];
        double ms, value;
        good = write_work(&exchange, &work[l], error);
        snprintf(request, sizeof request, "open %d %s %s", l, cell, exchange.path);
        good = good && contender_ask(contender, request, &ms, &value, error);
        exchange_remove(&exchange);
    }
    return good;
}

// All lengths, on both sides; turn -1 warms up and compares the losses.
static bool take_turn(Work work[LENGTHS], Contender *contender, int turn, Error *error) {
    for (int l = 0; l < LENGTHS; l++) {
        double loss = NAN, their_loss, their_ms = NAN, ms = train(&work[l], turn_steps[l], &loss);
        if (contender->process) {
            char request[32];
            snprintf(request, sizeof request, "step %d %d", l, turn_steps[l]);
            if (!contender_ask(contender, request, &their_ms, &their_loss, error)) return false;
            if (turn < 0) work[l].difference = speed_difference(loss, their_loss);
        }
        if (turn >= 0) work[l].ours[turn] = ms, work[l].theirs[turn] = their_ms;
    }
    return true;
}

static SpeedRow summarise(const SequenceBenchParams *bench, const SpeedRow *like, const Work work[LENGTHS], int l,
                          double *product, int hidden) {
    int count = bench->repeats;
    const Work *own = &work[l];
    double unit = (double)own->steps / work[0].steps;
    SpeedRow row = *like;
    row.hidden = hidden, row.steps = own->steps, row.batch = BATCH, row.difference = own->difference;
    row.growth[SPEED_OURS] = speed_ratio(own->ours, work[0].ours, count) / unit;
    row.growth[SPEED_PYTORCH] = speed_ratio(own->theirs, work[0].theirs, count) / unit;
    row.ratio[SPEED_PYTORCH] = speed_ratio(own->theirs, own->ours, count);
    row.pace = speed_ratio(product, own->ours, count);
    row.memory = 1e-6 * (double)supervised_learner_memory(own->learner);
    row.forward = NAN;
    return row;
}

// Sorts the times: after all ratios.
static void add_times(SpeedRow *row, const Work *work, double *product, int count) {
    bool theirs = !isnan(work->theirs[0]);
    row->calibration = speed_summary(product, count).median;
    row->time[SPEED_OURS] = speed_summary(work->ours, count);
    row->time[SPEED_ONEDNN] = speed_not_measured();
    row->time[SPEED_PYTORCH] = theirs ? speed_summary(work->theirs, count) : speed_not_measured();
}

static bool run_lengths(const SequenceBenchParams *bench, const SpeedRow *like, int hidden, Work work[LENGTHS],
                        Contender *contender, SpeedReport *report, Error *error) {
    double *product = memory_zeroed((size_t)bench->repeats, sizeof *product);
    bool good = true;
    for (int turn = -1; good && turn < bench->repeats; turn++) {
        if (turn >= 0) product[turn] = speed_product_ms();
        good = take_turn(work, contender, turn, error);
    }
    SpeedRow row[LENGTHS];
    for (int l = 0; good && l < LENGTHS; l++) row[l] = summarise(bench, like, work, l, product, hidden);
    for (int l = 0; good && l < LENGTHS; l++) {
        add_times(&row[l], &work[l], product, bench->repeats);
        speed_add(report, row[l], 1e-3);
    }
    free(product);
    return good;
}

static bool in_library(const char *cell) {
    return strcmp(cell, "gru") == 0 || strcmp(cell, "lstm") == 0;
}

static bool measure(const SequenceBenchParams *bench, int cell, int hidden, Contender *contender, SpeedReport *report,
                    Error *error) {
    Contender nobody = {0};
    bool beside = contender->process && in_library(cell_names[cell]);
    NetworkParams shape = sequence_network(cell, hidden);
    Work work[LENGTHS] = {0};
    SpeedRow row = {0};
    snprintf(row.what, sizeof row.what, "%s", task_choices[bench->task]);
    snprintf(row.cell, sizeof row.cell, "%s", cell_names[cell]);
    snprintf(row.path, sizeof row.path, "%s", kernels_for(DTYPE_F32)->path);
    bool good = true;
    for (int l = 0; good && l < LENGTHS; l++) good = make_work(&work[l], bench, &shape, longer[l] * bench->steps, error);
    good = good && (!beside || hand_over(contender, row.cell, work, error));
    good = good && run_lengths(bench, &row, hidden, work, beside ? contender : &nobody, report, error);
    for (int l = 0; l < LENGTHS; l++) free_work(&work[l]);
    return good;
}

// ---- the bench -------------------------------------------------------------------------------------------------------------------------

static bool has_memory(int cell) {
    return !cell_types[cell]->memoryless;
}

// Each cell that was asked for, at each width.
static bool each_cell(const SequenceBenchParams *bench, Contender *contender, SpeedReport *report, Error *error) {
    int first = bench->cell >= 0 ? bench->cell : 0, last = bench->cell >= 0 ? bench->cell : (int)cell_type_count - 1;
    for (int cell = first; cell <= last; cell++) {
        if (bench->cell < 0 && !has_memory(cell)) continue;
        for (int i = 0; i < (bench->hidden ? 1 : USUAL_HIDDEN); i++) {
            int hidden = bench->hidden ? bench->hidden : usual_hidden[i];
            speed_say(report, "%s %d, T = %d to %d", cell_names[cell], hidden, bench->steps,
                      longer[LENGTHS - 1] * bench->steps);
            if (!measure(bench, cell, hidden, contender, report, error)) return false;
        }
        int widest = bench->hidden ? bench->hidden : usual_hidden[USUAL_HIDDEN - 1];
        if (bench->horizon > 0 && has_memory(cell)) sequence_vaa(bench, cell, widest, report);
    }
    return true;
}

static bool check_size(const SequenceBenchParams *bench, Error *error) {
    if (bench->task == EVERY_STEP && bench->steps <= 2 * COPY_MEMORY_WORD)
        return error_set(error, "steps %d with task copy-memory, accepted: %d or more", bench->steps, 2 * COPY_MEMORY_WORD + 1);
    int hidden = bench->hidden ? bench->hidden : usual_hidden[USUAL_HIDDEN - 1], longest = longer[LENGTHS - 1] * bench->steps;
    double units = (double)hidden * longest;
    return units <= 1e6 || error_set(error, "hidden %d with steps %d: %d times as long, their product may be 1000000 at most",
                                     hidden, bench->steps, longer[LENGTHS - 1]);
}

static bool run(const void *params, SpeedReport *report, Error *error) {
    const SequenceBenchParams *bench = params;
    Contender contender = {0};
    ContenderCommand command = {.name = "PyTorch", .script = "sequence_torch.py"};
    if (kernels_path() == KERNELS_AVX2) command.environment = contender_held_to_avx2;
    bool good = check_size(bench, error) && (!bench->contenders || contender_start(&contender, &command, error));
    good = good && each_cell(bench, &contender, report, error);
    if (good) {
        if (bench->contenders) speed_note(report, "PyTorch: %s; subnormal numbers are zero on both sides", contender.version);
        speed_note(
            report,
            "sequence: ms of CPU time of a gradient step (forward, backward, Adam), 2 layers, batch %d; per_step: time of a "
            "time step over that of T = %d, turn by turn; memory_mb: held by the tape",
            BATCH, bench->steps);
    }
    contender_stop(&contender);
    return good;
}

static const SpeedColumn columns[] = {
    {"what", SPEED_TEXT, offsetof(SpeedRow, what), NULL, false},
    {"cell", SPEED_TEXT, offsetof(SpeedRow, cell), NULL, false},
    {"hidden", SPEED_COUNT, offsetof(SpeedRow, hidden), NULL, false},
    {"steps", SPEED_COUNT, offsetof(SpeedRow, steps), NULL, false},
    {"engram_ms", SPEED_REAL, SPEED_TIMES(SPEED_OURS, median), "%.1f", false},
    {"engram_min", SPEED_REAL, SPEED_TIMES(SPEED_OURS, least), "%.1f", false},
    {"engram_max", SPEED_REAL, SPEED_TIMES(SPEED_OURS, most), "%.1f", false},
    {"per_step", SPEED_REAL, offsetof(SpeedRow, growth[SPEED_OURS]), "%.2f", false},
    {"memory_mb", SPEED_REAL, offsetof(SpeedRow, memory), "%.0f", false},
    {"pytorch_ms", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, median), "%.1f", false},
    {"pytorch_min", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, least), "%.1f", true},
    {"pytorch_max", SPEED_REAL, SPEED_TIMES(SPEED_PYTORCH, most), "%.1f", true},
    {"pytorch_per_step", SPEED_REAL, offsetof(SpeedRow, growth[SPEED_PYTORCH]), "%.2f", false},
    {"forward/engram", SPEED_REAL, offsetof(SpeedRow, forward), "%.2f", false},
    {"calibration_ms", SPEED_REAL, offsetof(SpeedRow, calibration), "%.3f", false},
    {"calibration/engram", SPEED_REAL, offsetof(SpeedRow, pace), "%.5f", true},
    {"path", SPEED_TEXT, offsetof(SpeedRow, path), NULL, false},
    {"ratio", SPEED_REAL, offsetof(SpeedRow, ratio[SPEED_PYTORCH]), "%.2f", false},
    {"loss_difference", SPEED_REAL, offsetof(SpeedRow, difference), "%.1e", false},
};

const SpeedBench speed_sequence = {
    .name = "sequence",
    .help = "a gradient step of supervised learning at three lengths, and the time of an estimate of VAA",
    .params = {"bench sequence", rows, sizeof rows / sizeof *rows, sizeof(SequenceBenchParams)},
    .begin = begin,
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .run = run,
};
