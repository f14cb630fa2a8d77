// What this machine gives at this hour: the figures that times are put in relation to.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/speed/speed.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "core/linalg.h"

enum { SIZE_MAX_SHAPE = 512 };

// Numbers between -4 and 4, cheaply.
static Matrix some_numbers(int rows, int cols) {
    size_t count = (size_t)rows * (size_t)cols;
    float *data = memory_aligned(count * sizeof *data);
    for (size_t i = 0; i < count; i++) data[i] = (float)(i * 7919 % 1024) / 128 - 4;
    return matrix_view(DTYPE_F32, rows, cols, data);
}

typedef struct Operands {
    Matrix a, b, c;
} Operands;

static Operands operands_make(int rows, int depth, int cols) {
    Operands made = {some_numbers(rows, depth), some_numbers(depth, cols), some_numbers(rows, cols)};
    return made;
}

static void operands_free(Operands *operands) {
    free(operands->a.data);
    free(operands->b.data);
    free(operands->c.data);
}

static double product_ms(const Linalg *linalg, const Operands *m, int count) {
    double start = serve_cpu_ms();
    for (int i = 0; i < count; i++) linalg->product(false, false, m->a, m->b, false, m->c);
    return (serve_cpu_ms() - start) / count;
}

double speed_product_ms(void) {
    Operands operands = operands_make(SIZE_MAX_SHAPE, SIZE_MAX_SHAPE, SIZE_MAX_SHAPE);
    product_ms(linalg_portable(), &operands, 1);    // wakes the wide units up
    double ms = product_ms(linalg_portable(), &operands, 2);
    operands_free(&operands);
    return ms;
}

static double best_product_rate(void) {
    static const int shapes[][4] = {{512, 512, 512, 1}, {256, 256, 256, 4}, {128, 256, 512, 4}};    // rows, depth, cols, times
    double best = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int *s = shapes[i];
        Operands operands = operands_make(s[0], s[1], s[2]);
        product_ms(linalg_portable(), &operands, 1);
        double ms = product_ms(linalg_portable(), &operands, s[3]);
        best = fmax(best, 2e-6 * s[0] * s[1] * s[2] / ms);
        operands_free(&operands);
    }
    return best;
}

// 1e9 values a second.
static double function_rate(void (*function)(Matrix x, Matrix y)) {
    enum { COUNT = 2048, TIMES = 400 };
    Matrix x = some_numbers(1, COUNT), y = some_numbers(1, COUNT);
    function(x, y);
    double start = serve_cpu_ms();
    for (int i = 0; i < TIMES; i++) function(x, y);
    double ms = serve_cpu_ms() - start;
    free(x.data);
    free(y.data);
    return 1e-6 * COUNT * TIMES / ms;
}

double speed_rate(SpeedRate which) {
    const Kernels *kernels = kernels_for(DTYPE_F32);
    if (which == SPEED_PRODUCT) return best_product_rate();
    return function_rate(which == SPEED_TANH ? kernels->tanh : kernels->logistic);
}
