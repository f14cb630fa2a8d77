// Optimisers against their formulas, written out in double; clipping; stop and resume.
#include "core/optim.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 3, COLS = 5, COUNT = ROWS * COLS, STEPS = 40 };

static Weights *weights_of(DType type) {
    Weights *weights = weights_create(type);
    weights_add(weights, "w", ROWS, COLS);
    weights_add(weights, "other", 1, 3);
    weights_seal(weights);
    Rng rng = rng_stream(1, RNG_TEST, 0);
    weights_uniform(weights, 0, 1, &rng);
    return weights;
}

// Gradients of very different sizes, some exactly zero, a function of (step, element) only.
static double slope(int step, int element) {
    Rng rng = rng_stream(7, RNG_TEST, (uint32_t)(step * COUNT + element));
    double size = pow(10, rng_between(&rng, -4, 2));
    return element == 4 ? 0 : (rng_uniform(&rng) - 0.5) * size;
}

static void put_gradient(Weights *weights, int step) {
    Matrix gradient = weights_gradient(weights, 0);
    for (int k = 0; k < COUNT; k++) matrix_set(gradient, k / COLS, k % COLS, slope(step, k));
}

// One element by the book. `t` counts from 1.
typedef struct Book {
    double w, m, v;
} Book;

static void by_the_book(const OptimParams *p, int t, double g, Book *b) {
    if (p->kind == OPTIM_ADAM) {
        b->m = p->beta1 * b->m + (1 - p->beta1) * g;
        b->v = p->beta2 * b->v + (1 - p->beta2) * g * g;
        b->w -= p->learning_rate * (b->m / (1 - pow(p->beta1, t))) / (sqrt(b->v / (1 - pow(p->beta2, t))) + p->epsilon);
    } else if (p->kind == OPTIM_RMSPROP) {
        b->v = p->beta2 * b->v + (1 - p->beta2) * g * g;
        b->w -= p->learning_rate * g / (sqrt(b->v) + p->epsilon);
    } else {
        b->m = p->momentum * b->m + g;
        b->w -= p->learning_rate * b->m;
    }
}

static double clip_factor(const OptimParams *p, int step) {
    double squares = 0;
    for (int k = 0; k < COUNT; k++) squares += slope(step, k) * slope(step, k);
    return p->clip_norm > 0 && sqrt(squares) > p->clip_norm ? p->clip_norm / sqrt(squares) : 1;
}

static void expect_the_book(OptimParams params, DType type, double tolerance) {
    Weights *weights = weights_of(type);
    Optim *optim = optim_create(params, weights);
    Book books[COUNT] = {{0}};
    Matrix value = weights_value(weights, 0);
    for (int k = 0; k < COUNT; k++) books[k].w = matrix_get(value, k / COLS, k % COLS);
    for (int step = 0; step < STEPS; step++) {
        put_gradient(weights, step);
        optim_step(optim, weights);
        double factor = clip_factor(&params, step);
        for (int k = 0; k < COUNT; k++) {
            by_the_book(&params, step + 1, factor * slope(step, k), &books[k]);
            double found = matrix_get(value, k / COLS, k % COLS), distance = fabs(found - books[k].w);
            if (!(distance <= tolerance * fmax(1, fabs(books[k].w)))) {
                fail_msg("optimiser %d, %s, step %d, element %d: %.15g, expected %.15g", params.kind, dtype_name(type), step, k,
                         found, books[k].w);
            }
        }
    }
    Matrix untouched = weights_value(weights, 1), all = weights_values(weights);
    for (int j = 0; j < 3; j++) assert_true(matrix_get(untouched, 0, j) == 0);
    assert_true(matrix_finite(all));    // the padding too
    optim_destroy(optim);
    weights_destroy(weights);
}

static void each_follows_its_formula(void **state) {
    (void)state;
    static const OptimParams cases[] = {
        {.kind = OPTIM_ADAM, .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
        {.kind = OPTIM_ADAM, .learning_rate = 0.05, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3},
        {.kind = OPTIM_ADAM, .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .clip_norm = 3},
        {.kind = OPTIM_RMSPROP, .learning_rate = 1e-2, .beta2 = 0.99, .epsilon = 1e-8},
        {.kind = OPTIM_RMSPROP, .learning_rate = 1e-2, .beta2 = 0.9, .epsilon = 1e-2, .clip_norm = 1},
        {.kind = OPTIM_SGD, .learning_rate = 1e-3},
        {.kind = OPTIM_SGD, .learning_rate = 1e-3, .momentum = 0.9},
        {.kind = OPTIM_SGD, .learning_rate = 1e-2, .momentum = 0.5, .clip_norm = 0.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_the_book(cases[i], DTYPE_F64, 1e-12);
        expect_the_book(cases[i], DTYPE_F32, 2e-5);
    }
}

static void defaults_are_pytorchs(void **state) {
    (void)state;
    OptimParams p = optim_default_params();
    assert_true(p.kind == OPTIM_ADAM && p.learning_rate == 1e-3 && p.beta1 == 0.9 && p.beta2 == 0.999);
    assert_true(p.epsilon == 1e-8 && p.momentum == 0 && p.clip_norm == 0);
}

// A gradient within the norm is not touched; a larger one keeps its direction.
static void clipping_scales_the_whole(void **state) {
    (void)state;
    OptimParams params = {.kind = OPTIM_SGD, .learning_rate = 1, .clip_norm = 5};
    static const double factors[] = {1, 10};    // of a gradient of norm 5: (3, 4)
    for (int i = 0; i < 2; i++) {
        Weights *weights = weights_of(DTYPE_F64);
        weights_fill(weights, 0, 0);
        matrix_set(weights_gradient(weights, 0), 0, 0, 3 * factors[i]);
        matrix_set(weights_gradient(weights, 1), 0, 1, 4 * factors[i]);
        Optim *optim = optim_create(params, weights);
        optim_step(optim, weights);
        assert_true(fabs(matrix_get(weights_value(weights, 0), 0, 0) + 3) < 1e-14);
        assert_true(fabs(matrix_get(weights_value(weights, 1), 0, 1) + 4) < 1e-14);
        optim_destroy(optim);
        weights_destroy(weights);
    }
}

static void archive_both(MemoryArchive *memory, ArchiveMode mode, Optim *optim, Weights *weights) {
    Error error = {0};
    Archive *archive = memory_archive_open(memory, mode);
    optim_archive(optim, archive);
    weights_archive(weights, archive);
    if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
}

static void resuming_equals_going_on(void **state) {
    (void)state;
    for (int kind = OPTIM_ADAM; kind <= OPTIM_SGD; kind++) {
        OptimParams params = optim_default_params();
        params.kind = (OptimKind)kind;
        params.momentum = 0.9;
        Weights *weights = weights_of(DTYPE_F32), *resumed = weights_of(DTYPE_F32);
        Optim *optim = optim_create(params, weights), *fresh = optim_create(params, resumed);
        MemoryArchive *memory = memory_archive_create();
        for (int step = 0; step < STEPS; step++) {
            if (step == STEPS / 2) archive_both(memory, ARCHIVE_SAVE, optim, weights);
            put_gradient(weights, step);
            optim_step(optim, weights);
        }
        put_gradient(resumed, 3);
        optim_step(fresh, resumed);    // what the fresh one did before must be forgotten
        archive_both(memory, ARCHIVE_LOAD, fresh, resumed);
        for (int step = STEPS / 2; step < STEPS; step++) {
            put_gradient(resumed, step);
            optim_step(fresh, resumed);
        }
        Matrix a = weights_values(weights), b = weights_values(resumed);
        assert_memory_equal(a.data, b.data, (size_t)a.cols * sizeof(float));
        memory_archive_destroy(memory);
        optim_destroy(optim);
        optim_destroy(fresh);
        weights_destroy(weights);
        weights_destroy(resumed);
    }
    optim_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_follows_its_formula),
        cmocka_unit_test(defaults_are_pytorchs),
        cmocka_unit_test(clipping_scales_the_whole),
        cmocka_unit_test(resuming_equals_going_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
