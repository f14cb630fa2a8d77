// Our side of `engram bench kernels`, in a process of its own for each path of the kernels: they are chosen when a tape is made.
#include <stdlib.h>
#include <string.h>

#include "algorithms/cells/sequence.h"
#include "benchmarks/speed/exchange.h"
#include "benchmarks/speed/kernels.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "core/optim.h"

typedef struct Side {
    const CellType *cell;    // NULL: nothing opened yet
    int hidden, steps;
    Weights *weights, *begin;    // every request begins from `begin`
    Matrix x, gradient;
    int *active;
    Tape *tape;
} Side;

const CellType *kernels_cell(const char *name, Error *error) {
    for (size_t i = 0; i < cell_type_count; i++) {
        if (strcmp(cell_types[i]->name, name) == 0) return cell_types[i];
    }
    error_set(error, "there is no cell %s", name);
    return NULL;
}

static void close_work(Side *side) {
    if (!side->cell) return;
    weights_destroy(side->weights);
    weights_destroy(side->begin);
    tape_destroy(side->tape);
    free(side->x.data);
    free(side->gradient.data);
    free(side->active);
    *side = (Side){0};
}

static Weights *new_weights(const Side *side) {
    Weights *weights = weights_create(DTYPE_F32);
    side->cell->declare(weights, "layer0/", KERNELS_INPUT, side->hidden);
    weights_seal(weights);
    return weights;
}

static bool open_work(Side *side, const char *cell, const char *path, Error *error) {
    close_work(side);
    Matrix settings;
    if (!exchange_read(path, "settings", &settings, error)) return false;
    const int *setting = settings.data;
    side->cell = kernels_cell(cell, error);
    side->hidden = setting[0], side->steps = setting[1];
    free(settings.data);
    if (!side->cell) return false;
    side->weights = new_weights(side);
    side->begin = new_weights(side);
    side->tape = tape_create(DTYPE_F32, linalg_portable());
    side->active = memory_zeroed((size_t)side->steps, sizeof *side->active);
    for (int t = 0; t < side->steps; t++) side->active[t] = KERNELS_BATCH;
    return exchange_read(path, "x", &side->x, error) && exchange_read(path, "gradient", &side->gradient, error) &&
           exchange_read_weights(path, "", side->begin, error);
}

static double loss_of(const Side *side, Matrix h) {
    double sum = 0;
    for (int i = 0; i < h.rows; i++) {
        const float *value = matrix_row(h, i), *gradient = matrix_row(side->gradient, i);
        for (int j = 0; j < h.cols; j++) sum += (double)value[j] * (double)gradient[j];
    }
    return sum;
}

// Milliseconds of one training step; *loss unless NULL, off the clock.
static double train(Side *side, Optim *optim, double *loss) {
    double start = serve_cpu_ms();
    tape_reset(side->tape, true);
    matrix_zero(weights_gradients(side->weights));
    Node **weights = tape_weights(side->tape, side->weights);
    Node *x = tape_constant(side->tape, side->x);
    Node *h = cell_sequence(side->cell, side->tape, weights, side->hidden, x, side->steps, side->active);
    double ms = serve_cpu_ms() - start;
    if (loss) *loss = loss_of(side, h->value);
    start = serve_cpu_ms();
    matrix_copy(side->gradient, h->gradient);
    tape_backward_seeded(side->tape);
    optim_step(optim, side->weights);
    return ms + serve_cpu_ms() - start;
}

static bool answer(void *context, const char *request, double *ms, double *value, Error *error) {
    Side *side = context;
    char cell[16];
    int number, path = 0;
    if (sscanf(request, "open %15s %n", cell, &path) == 1 && path > 0) return open_work(side, cell, request + path, error);
    if (sscanf(request, "rate %d", &number) == 1 && number >= 0 && number < SPEED_RATES) {
        *value = speed_rate((SpeedRate)number);
        return true;
    }
    if (sscanf(request, "step %d", &number) != 1 || number < 1 || !side->cell) {
        return error_set(error, "cannot answer the request '%s'", request);
    }
    weights_copy(side->begin, side->weights);
    Optim *optim = optim_create(optim_default_params(), side->weights);
    for (int i = 0; i < number; i++) *ms += train(side, optim, i + 1 == number ? value : NULL) / number;
    optim_destroy(optim);
    return true;
}

int kernels_serve(void *context) {
    (void)context;
    Side side = {0};
    int code = serve(kernels_for(DTYPE_F32)->path, answer, &side);
    close_work(&side);
    return code;
}
