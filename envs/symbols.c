#include "envs/symbols.h"

#include <assert.h>
#include <string.h>

#include "core/vmath.h"

void symbols_show(const int *symbol, int steps, int size, float *input) {
    memset(input, 0, (size_t)steps * (size_t)size * sizeof *input);
    for (int t = 0; t < steps; t++) {
        assert(symbol[t] >= 0 && symbol[t] < size);
        input[(size_t)t * (size_t)size + (size_t)symbol[t]] = 1;
    }
}

void symbols_ask_always(int steps, TaskSequence *sample) {
    sample->steps = sample->scored = steps;
    for (int t = 0; t < steps; t++) sample->when[t] = t;
}

double symbols_entropy_term(double p) {
    return p > 0 ? -p * vmath_log(p) : 0;
}
