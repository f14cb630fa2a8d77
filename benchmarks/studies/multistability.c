#include "benchmarks/studies/multistability.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/normal.h"

enum { LAYERS = 2, LENGTH = 50, WIDTHS_MAX = 2 };

static const double time_scale = 600;    // T_max of the chrono initialisation, as in the authors' supervised runs
static const int horizons[] = {100, 500, 2000, 10000};
static const double tolerances[] = {1e-3, 1e-4, 1e-5};
enum { HORIZONS = sizeof horizons / sizeof *horizons, TOLERANCES = sizeof tolerances / sizeof *tolerances };

static const ParamSpec rows[] = {
    {"hidden", PARAM_INT, offsetof(MultistabilityParams, hidden), "0", 0, 4096, NULL, "units per layer; 0: 32 and 256"},
    {"seeds", PARAM_INT, offsetof(MultistabilityParams, seeds), "3", 1, 10000, NULL, "networks of each kind"},
    {"samples", PARAM_INT, offsetof(MultistabilityParams, samples), "32", 1, 65536, NULL, "sequences, n"},
    {"horizon", PARAM_INT, offsetof(MultistabilityParams, horizon), "10000", 100, 10000, NULL,
     "the longest M, in steps; below: 100, 500, 2000"},
    {"seed", PARAM_INT, offsetof(MultistabilityParams, seed), "0", 0, 2147473647, NULL, "the first one"},
};
const ParamTable multistability_params = {"bench vaa", rows, sizeof rows / sizeof *rows, sizeof(MultistabilityParams)};

const MultistabilityCase multistability_cases[] = {
    {"gru", "GRU", "gru", "standard", {0.0312, 0.0312}},
    {"lstm", "LSTM", "lstm", "standard", {0.0312, 0.0312}},
    {"mgu", "MGU", "mgu", "standard", {0.0312, 0.0312}},
    {"lstm-chrono-twice", "LSTM, chrono twice", "lstm", "chrono-twice", {0.0935, 0.1611}},
    {"brc", "BRC", "brc", "standard", {0.875, 0.844}},
    {"nbrc", "nBRC", "nbrc", "standard", {0.938, 1.000}},
};
const size_t multistability_case_count = sizeof multistability_cases / sizeof *multistability_cases;

// Place of a name in a list that ends with NULL, or -1.
static int place(const char *const *names, const char *name) {
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return -1;
}

// ---- sequences: a source of n of them, whose numbers depend on the seed and their own index only -------------------------------------

static int steps_of(void *context, int64_t index) {
    (void)context, (void)index;
    return LENGTH;
}

static void read_sequence(void *context, int64_t index, int steps, Matrix out) {
    Rng rng = rng_stream(*(const uint64_t *)context, RNG_TASK_TRAIN, (uint64_t)index);
    rng_normals(&rng, matrix_rows(out, 0, steps));
}

// What a network of one seed is fed: prefixes of n sequences, and u.
typedef struct Fed {
    SequenceBatch *prefixes;
    double value;
    Matrix u;
} Fed;

static void fed_init(Fed *fed, int n, uint64_t seed) {
    int64_t *index = memory_alloc((size_t)n * sizeof *index);
    int *length = memory_alloc((size_t)n * sizeof *length);
    SequenceSource source = {&seed, LENGTH, false, n, steps_of, read_sequence};
    Rng rng = rng_stream(seed, RNG_VAA, 0);
    for (int i = 0; i < n; i++) {
        index[i] = i;
        length[i] = sequence_piece(&source, i, &rng);
    }
    fed->prefixes = sequence_batch_create(n, LENGTH, 1, DTYPE_F64);
    sequence_batch_load(fed->prefixes, &source, n, index, length);
    fed->value = rng_normal(&rng);
    fed->u = matrix_view(DTYPE_F64, 1, 1, &fed->value);
    free(index);
    free(length);
}

// ---- one kind of network --------------------------------------------------------------------------------------------------------

// VAA by horizon and tolerance of one seed; each horizon from the prefixes on, which costs a quarter more than the longest alone.
static void measure(const MultistabilityParams *params, const NetworkParams *shape, uint64_t seed, int horizon_count,
                    double out[HORIZONS][TOLERANCES]) {
    Network *network = network_create(shape, 1, 1, DTYPE_F64);
    Rng rng = rng_stream(seed, RNG_INITIALISATION, 0);
    network_initialise(network, &rng);
    Fed fed;
    fed_init(&fed, params->samples, seed);
    Vaa *vaa = vaa_create(&(VaaParams){.samples = params->samples}, shape, 1, 1, LENGTH);
    int size = vaa_state_size(network);
    Matrix states =
        matrix_view(DTYPE_F64, params->samples, size, memory_zeroed((size_t)params->samples * (size_t)size, sizeof(double)));
    for (int h = 0; h < horizon_count; h++) {
        vaa_final_states(vaa, network, fed.prefixes, fed.u, horizons[h] < params->horizon ? horizons[h] : params->horizon,
                         states);
        for (int t = 0; t < TOLERANCES; t++) out[h][t] = vaa_of_states(states, tolerances[t]);
    }
    free(states.data);
    vaa_destroy(vaa);
    sequence_batch_destroy(fed.prefixes);
    network_destroy(network);
}

static void add(MultistabilityRow *row, double value, int seeds) {
    row->mean += value / seeds;
    row->low = isnan(value) || value < row->low ? value : row->low;
    row->high = isnan(value) || value > row->high ? value : row->high;
}

// The horizons up to the longest one, and that.
static int horizon_count_of(const MultistabilityParams *params) {
    int count = 1;
    while (count < HORIZONS && horizons[count - 1] < params->horizon) count++;
    return count;
}

static void study_case(MultistabilityStudy *study, const MultistabilityCase *of, int hidden) {
    const MultistabilityParams *params = &study->params;
    NetworkParams shape = {.cell = place(cell_names, of->cell),
                           .layers = LAYERS,
                           .hidden = hidden,
                           .initialisation = place(initialisation_names, of->initialisation),
                           .time_scale = time_scale};
    MultistabilityRow *first = study->rows + study->row_count;
    int horizon_count = horizon_count_of(params);
    for (int h = 0; h < horizon_count; h++) {
        for (int t = 0; t < TOLERANCES; t++) {
            int horizon = horizons[h] < params->horizon ? horizons[h] : params->horizon;
            study->rows[study->row_count++] = (MultistabilityRow){
                .of = of, .hidden = hidden, .horizon = horizon, .tolerance = tolerances[t], .low = INFINITY, .high = -INFINITY};
        }
    }
    for (int s = 0; s < params->seeds; s++) {
        double value[HORIZONS][TOLERANCES];
        measure(params, &shape, (uint64_t)params->seed + (uint64_t)s, horizon_count, value);
        for (int h = 0; h < horizon_count; h++) {
            for (int t = 0; t < TOLERANCES; t++) add(first + h * TOLERANCES + t, value[h][t], params->seeds);
        }
    }
}

MultistabilityStudy *multistability_run(const MultistabilityParams *params, void (*say)(const char *text)) {
    int widths[WIDTHS_MAX] = {32, 256}, width_count = WIDTHS_MAX;
    if (params->hidden > 0) widths[0] = params->hidden, width_count = 1;
    MultistabilityStudy *study = memory_zeroed(1, sizeof *study);
    study->params = *params;
    study->rows = memory_zeroed(WIDTHS_MAX * multistability_case_count * HORIZONS * TOLERANCES, sizeof *study->rows);
    for (int w = 0; w < width_count; w++) {
        for (size_t c = 0; c < multistability_case_count; c++) {
            const MultistabilityCase *of = &multistability_cases[c];
            if (place(initialisation_names, of->initialisation) < 0) continue;
            char *text = memory_format("%s, 2 x %d units", of->name, widths[w]);
            if (say) say(text);
            free(text);
            study_case(study, of, widths[w]);
        }
    }
    return study;
}

void multistability_free(MultistabilityStudy *study) {
    if (!study) return;
    free(study->rows);
    free(study);
}

// ---- the table ---------------------------------------------------------------------------------------------------------------

bool multistability_measured(const MultistabilityRow *row) {
    return row->hidden == MULTISTABILITY_MEASURED_HIDDEN && row->horizon == MULTISTABILITY_MEASURED_HORIZON &&
           row->tolerance == 1e-4;
}

const char *const multistability_columns[MULTISTABILITY_COLUMNS] = {
    "cell", "initialisation", "hidden", "samples", "horizon", "tolerance", "seeds", "vaa", "low", "high", "authors"};

static void write_number(FILE *out, double value) {
    fputc(',', out);
    if (isfinite(value)) fprintf(out, "%.4f", value);
}

void multistability_write_csv(const MultistabilityStudy *study, FILE *out) {
    for (int c = 0; c < MULTISTABILITY_COLUMNS; c++) fprintf(out, "%s%s", c ? "," : "", multistability_columns[c]);
    fputc('\n', out);
    for (int i = 0; i < study->row_count; i++) {
        const MultistabilityRow *row = &study->rows[i];
        const double *measured = row->of->measured;
        fprintf(out, "%s,%s,%d,%d,%d,%g,%d", row->of->cell, row->of->initialisation, row->hidden, study->params.samples,
                row->horizon, row->tolerance, study->params.seeds);
        write_number(out, row->mean);
        write_number(out, row->low);
        write_number(out, row->high);
        write_number(out, multistability_measured(row) ? (measured[0] + measured[1]) / 2 : NAN);
        fputc('\n', out);
    }
}
