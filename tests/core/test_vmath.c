// Elementary functions against the next higher precision, in units in the last place (ulp) of the true value; special values; and the
// scalar functions are the kernels' own. The truth is libm's, but for floats in the full test.
//
// Largest errors allowed, for float and double alike: see `allowed`. Measured on every float: core/functions.inc.h.
#include "core/vmath.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kernels.h"
#include "core/rng.h"

typedef enum Function { EXP, LOG, TANH, LOGISTIC, SIN, COS, FUNCTIONS } Function;
static const char *const names[FUNCTIONS] = {"exp", "log", "tanh", "logistic", "sin", "cos"};
static const double allowed[FUNCTIONS] = {1.5, 3, 3.5, 3, 2, 2};

static void apply(const Kernels *table, Function f, Matrix x, Matrix y) {
    switch (f) {
    case EXP: table->exp(x, y); break;
    case LOG: table->log(x, y); break;
    case TANH: table->tanh(x, y); break;
    case LOGISTIC: table->logistic(x, y); break;
    case SIN: table->sin(x, y); break;
    case COS: table->cos(x, y); break;
    case FUNCTIONS: break;
    }
}

static long double truth(Function f, long double x) {
    switch (f) {
    case EXP: return expl(x);
    case LOG: return logl(x);
    case TANH: return tanhl(x);
    case LOGISTIC: return 1 / (1 + expl(-x));
    case SIN: return sinl(x);
    case COS: return cosl(x);
    case FUNCTIONS: break;
    }
    return 0;
}

static double truth_in_double(Function f, double x) {
    switch (f) {
    case EXP: return exp(x);
    case LOG: return log(x);
    case TANH: return tanh(x);
    case LOGISTIC: return 1 / (1 + exp(-x));
    case SIN: return sin(x);
    case COS: return cos(x);
    case FUNCTIONS: break;
    }
    return 0;
}

// Arguments strictly between these have a result that is a normal number; the rest is in special_values.
typedef struct Range {
    double low, high;
} Range;

static Range normal_range(Function f, Range normal_exponentials) {
    switch (f) {
    case EXP: return normal_exponentials;
    case LOG: return (Range){0, INFINITY};
    case LOGISTIC: return (Range){normal_exponentials.low, INFINITY};
    default: return (Range){-INFINITY, INFINITY};
    }
}

static bool inside(Range range, double x) {
    return x > range.low && x < range.high;
}

// Distance in units in the last place of the true value, `digits` being the bits of a mantissa; subnormals have the
// smallest unit.
static double ulps(long double found, long double expected, int digits, int smallest_exponent) {
    int exponent;
    frexpl(expected, &exponent);
    int unit = exponent - digits < smallest_exponent ? smallest_exponent : exponent - digits;
    return (double)ldexpl(fabsl(found - expected), -unit);
}

// The same for a float whose true value a double holds well enough; quick, because it is asked of every float.
static double float_ulps(double found, double expected) {
    uint64_t bits;
    memcpy(&bits, &expected, sizeof bits);
    bits &= (uint64_t)0x7ff << 52;
    double power;    // the power of two that is not above |expected|
    memcpy(&power, &bits, sizeof power);
    double unit = power * 0x1p-23;
    return fabs(found - expected) / (unit > 0x1p-149 ? unit : 0x1p-149);
}

enum { BLOCK = 4096 };

typedef struct Worst {
    double error, at;
    long count;
} Worst;

static void judge(Worst *worst, double error, double at) {
    worst->count++;
    if (!(error <= worst->error)) worst->error = isnan(error) ? INFINITY : error, worst->at = at;
}

// Equal as bits, so that 0 and -0 differ; every NaN equals every other. (A float has the same bits as another exactly if
// their doubles do.)
static bool same_bits(double a, double b) {
    uint64_t bits_a, bits_b;
    memcpy(&bits_a, &a, sizeof a);
    memcpy(&bits_b, &b, sizeof b);
    return bits_a == bits_b || (isnan(a) && isnan(b));
}

static void expect_same_floats(const float *a, const float *b, int count) {
    if (memcmp(a, b, (size_t)count * sizeof *a) == 0) return;    // else some are NaN, or there is a mistake
    for (int i = 0; i < count; i++) assert_true(same_bits((double)a[i], (double)b[i]));
}

// Applies f to a block of floats on every path but perhaps the scalar one, and compares their bits.
static void apply_on_every_path(Function f, float *x, int count, bool with_scalar, float *y) {
    float other[BLOCK];
    apply(kernels_of(DTYPE_F32, kernels_path()), f, matrix_view(DTYPE_F32, 1, count, x), matrix_view(DTYPE_F32, 1, count, y));
    for (KernelsPath path = with_scalar ? KERNELS_SCALAR : KERNELS_AVX2; path < kernels_path(); path++) {
        apply(kernels_of(DTYPE_F32, path), f, matrix_view(DTYPE_F32, 1, count, x), matrix_view(DTYPE_F32, 1, count, other));
        expect_same_floats(y, other, count);
    }
}

// Our own functions in double precision, which doubles_are_close compares with libm's in long double.
static void own_truth(Function f, const float *x, int count, double *y) {
    double wide[BLOCK];
    for (int i = 0; i < count; i++) wide[i] = (double)x[i];
    apply(kernels_of(DTYPE_F64, kernels_path()), f, matrix_view(DTYPE_F64, 1, count, wide),
          matrix_view(DTYPE_F64, 1, count, y));
}

// libm is the truth of the quick test, which also holds our own functions against it. In the full test libm would take an hour, and the scalar
// path, a hundred times slower than the others, takes its turn every 64th block.
static void judge_floats(Function f, float *x, int count, bool full, int block, Worst *worst) {
    float found[BLOCK];
    double expected[BLOCK];
    const Range range = normal_range(f, (Range){-87.33, 88.72});
    apply_on_every_path(f, x, count, !full || block % 64 == 0, found);
    own_truth(f, x, count, expected);
    for (int i = 0; i < count && !full; i++) {
        double own = expected[i];
        expected[i] = truth_in_double(f, (double)x[i]);
        if (inside(range, (double)x[i])) assert_true(fabs(own - expected[i]) <= 2e-15 * fabs(expected[i]));
    }
    for (int i = 0; i < count; i++) {
        if (inside(range, (double)x[i])) judge(worst, float_ulps((double)found[i], expected[i]), (double)x[i]);
    }
}

// Every 1009th bit pattern of a float; every one in the full test.
static void floats_are_close(void **state) {
    (void)state;
    bool full = getenv("ENGRAM_TEST_FULL") != NULL;
    uint64_t stride = full ? 1 : 1009;
    for (Function f = EXP; f < FUNCTIONS; f++) {
        Worst worst = {0};
        float x[BLOCK];
        int count = 0, blocks = 0;
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += stride) {
            uint32_t pattern = (uint32_t)bits;
            memcpy(&x[count++], &pattern, sizeof pattern);
            if (count == BLOCK || bits + stride > UINT32_MAX) {
                judge_floats(f, x, count, full, blocks++, &worst);
                count = 0;
            }
        }
        print_message("float  %-8s %.3f ulp at %.9g\n", names[f], worst.error, worst.at);
        assert_true(worst.error < allowed[f]);
        assert_true(worst.count > 0);
    }
}

static double scalar(Function f, double x) {
    switch (f) {
    case EXP: return vmath_exp(x);
    case LOG: return vmath_log(x);
    case TANH: return vmath_tanh(x);
    case LOGISTIC: return vmath_logistic(x);
    case SIN: return vmath_sin(x);
    case COS: return vmath_cos(x);
    case FUNCTIONS: break;
    }
    return 0;
}

static void judge_doubles(Function f, double *x, int count, Worst *worst) {
    const KernelsPath widest = kernels_path();    // asked once: it reads the environment
    double found[KERNELS_PATHS][BLOCK];
    for (KernelsPath path = KERNELS_SCALAR; path <= widest; path++) {
        apply(kernels_of(DTYPE_F64, path), f, matrix_view(DTYPE_F64, 1, count, x),
              matrix_view(DTYPE_F64, 1, count, found[path]));
    }
    for (int i = 0; i < count; i++) {
        double one = scalar(f, x[i]);
        for (KernelsPath path = KERNELS_SCALAR; path <= widest; path++) assert_true(same_bits(found[path][i], one));
        if (inside(normal_range(f, (Range){-708.39, 709.7}), x[i]))
            judge(worst, ulps((long double)one, truth(f, (long double)x[i]), 53, -1074), x[i]);
    }
}

// Where sine or cosine is small: the double next to a multiple of pi/2, up to far beyond the seam of the two reductions.
static double near_a_quarter_turn(Rng *rng) {
    double fraction = rng_uniform(rng);
    int exponent = (int)rng_below(rng, 60);
    return (double)(floorl(ldexpl((long double)fraction, exponent)) * 1.57079632679489661923L);
}

// Half of the sample are random bit patterns, half lie where the functions bend; logarithms also near 1.
static void doubles_are_close(void **state) {
    (void)state;
    int blocks = getenv("ENGRAM_TEST_FULL") ? 1000 : 60;
    for (Function f = EXP; f < FUNCTIONS; f++) {
        Worst worst = {0};
        Rng rng = rng_stream(1, RNG_TEST, f);
        for (int b = 0; b < blocks; b++) {
            double x[BLOCK];
            for (int i = 0; i < BLOCK; i++) {
                uint64_t high = rng_u32(&rng), bits = (high << 32) | rng_u32(&rng);
                if (i % 2) memcpy(&x[i], &bits, sizeof bits);
                else if (f == LOG) x[i] = rng_between(&rng, 0.25, 4);
                else if ((f == SIN || f == COS) && i % 8 == 0) x[i] = near_a_quarter_turn(&rng);
                else x[i] = rng_between(&rng, -1, 1) * (i % 4 ? 710 : 5);
            }
            judge_doubles(f, x, BLOCK, &worst);
        }
        print_message("double %-8s %.3f ulp at %.17g\n", names[f], worst.error, worst.at);
        assert_true(worst.error < allowed[f]);
    }
}

// ---- special values -------------------------------------------------------------------------------------------------

static float in_float(Function f, float x) {
    float y;
    apply(kernels_for(DTYPE_F32), f, matrix_view(DTYPE_F32, 1, 1, &x), matrix_view(DTYPE_F32, 1, 1, &y));
    return y;
}

// Exact results, in both precisions; the sign of zero counts.
static void special_values(void **state) {
    (void)state;
    static const struct {
        Function f;
        double x, y;
    } cases[] = {
        {EXP, 0, 1},
        {EXP, -0.0, 1},
        {EXP, INFINITY, INFINITY},
        {EXP, -INFINITY, 0},
        {EXP, 1e30, INFINITY},
        {EXP, -1e30, 0},
        {EXP, 1e-30, 1},
        {LOG, 1, 0},
        {LOG, 0, -INFINITY},
        {LOG, -0.0, -INFINITY},
        {LOG, INFINITY, INFINITY},
        {LOG, -1, NAN},
        {LOG, -INFINITY, NAN},
        {TANH, 0, 0},
        {TANH, -0.0, -0.0},
        {TANH, INFINITY, 1},
        {TANH, -INFINITY, -1},
        {TANH, 1e30, 1},
        {TANH, -1e30, -1},
        {LOGISTIC, 0, 0.5},
        {LOGISTIC, -0.0, 0.5},
        {LOGISTIC, INFINITY, 1},
        {LOGISTIC, -INFINITY, 0},
        {LOGISTIC, 1e30, 1},
        {LOGISTIC, -1e30, 0},
        {SIN, 0, 0},
        {SIN, -0.0, -0.0},
        {SIN, 0x1p-149, 0x1p-149},
        {SIN, -0x1p-140, -0x1p-140},
        {SIN, INFINITY, NAN},
        {SIN, -INFINITY, NAN},
        {COS, 0, 1},
        {COS, -0.0, 1},
        {COS, 0x1p-149, 1},
        {COS, INFINITY, NAN},
        {COS, -INFINITY, NAN},
        {SIN, NAN, NAN},
        {COS, NAN, NAN},
        {EXP, NAN, NAN},
        {LOG, NAN, NAN},
        {TANH, NAN, NAN},
        {LOGISTIC, NAN, NAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double found[2] = {(double)in_float(cases[i].f, (float)cases[i].x), scalar(cases[i].f, cases[i].x)},
               expected = cases[i].y;
        for (int k = 0; k < 2; k++) {
            bool same = isnan(expected) ? isnan(found[k]) : found[k] == expected && signbit(found[k]) == signbit(expected);
            if (!same)
                fail_msg("%s(%g) in %s is %g, expected %g", names[cases[i].f], cases[i].x, k ? "double" : "float", found[k],
                         expected);
        }
    }
}

// Around overflow, underflow and among the subnormals, results stay within a few of the smallest units, and saturate
// from there on.
static void the_ends_of_the_range(void **state) {
    (void)state;
    assert_true(isinf(in_float(EXP, 88.73f)) && in_float(EXP, 88.72f) > 3.3e38f);
    assert_true(isinf(vmath_exp(709.79)) && vmath_exp(709.78) > 1.7e308);
    for (float x = -87; x > -106; x -= 0.13f) {
        assert_true(fabs((double)in_float(EXP, x) - exp((double)x)) <= 1.5 * 0x1p-149 + 1.5 * 0x1p-24 * exp((double)x));
        assert_true(fabs((double)in_float(LOGISTIC, x) - exp((double)x)) < 3e-38);
    }
    for (double x = -708; x > -750; x -= 0.37) {
        assert_true(fabsl((long double)vmath_exp(x) - expl((long double)x)) <=
                    1.5L * 0x1p-1074L + 1.5L * 0x1p-53L * expl((long double)x));
    }
    for (float x = 0x1p-149f; x < 1; x *= 2) {
        assert_true(fabsf(in_float(TANH, x * 1e-5f) - x * 1e-5f) <= 3.5f * 0x1p-24f * x * 1e-5f);
        assert_true(in_float(TANH, x * 0x1p-30f) == x * 0x1p-30f);
        assert_true(fabs((double)in_float(LOG, x) - log((double)x)) < 1e-5);
    }
    for (double x = 0x1p-1074; x < 1; x *= 2) assert_true(fabs(vmath_log(x) - log(x)) < 1e-12);
}

// The double that lies nearest to a multiple of pi/2 (Kahan; Muller, "Elementary Functions", ch. 11): sine and cosine from 400 bits
// of arithmetic. The largest float and double and the seams between the two reductions, against libm.
static void angles_that_are_hard_to_reduce(void **state) {
    (void)state;
    double hardest = 6381956970095103 * 0x1p797;
    assert_true(fabs(vmath_cos(hardest) / -4.6871659242546276e-19 - 1) < 4e-16 && vmath_sin(hardest) == 1);
    assert_true(vmath_cos(-hardest) == vmath_cos(hardest) && vmath_sin(-hardest) == -1);
    double angles[] = {0x1.fffffffffffffp1023,    0x1p1023, 0x1p40, nextafter(0x1p40, 1),
                       nextafter(0x1p40, 0x1p41), 0x1p62,   0x1p63, 0x1p64};
    for (size_t i = 0; i < sizeof angles / sizeof *angles; i++) {
        long double x = (long double)angles[i];
        assert_true(ulps((long double)vmath_sin(angles[i]), sinl(x), 53, -1074) < allowed[SIN]);
        assert_true(ulps((long double)vmath_cos(angles[i]), cosl(x), 53, -1074) < allowed[COS]);
        assert_true(vmath_sin(-angles[i]) == -vmath_sin(angles[i]) && vmath_cos(-angles[i]) == vmath_cos(angles[i]));
    }
}

// Far and near angles side by side: each lane's result is that of the number alone, in whatever lane.
static void neighbours_do_not_matter(void **state) {
    (void)state;
    enum { COUNT = 37 };
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int round = 0; round < 1000; round++) {
        double x[COUNT], y[COUNT];
        for (int i = 0; i < COUNT; i++) x[i] = ldexp(rng_between(&rng, -1, 1), (int)rng_below(&rng, 90));
        for (KernelsPath path = KERNELS_SCALAR; path <= kernels_path(); path++) {
            kernels_of(DTYPE_F64, path)->sin(matrix_view(DTYPE_F64, 1, COUNT, x), matrix_view(DTYPE_F64, 1, COUNT, y));
            for (int i = 0; i < COUNT; i++) assert_true(same_bits(y[i], vmath_sin(x[i])));
        }
    }
}

static void log_add_exp(void **state) {
    (void)state;
    Rng rng = rng_stream(2, RNG_TEST, 0);
    for (int i = 0; i < 10000; i++) {
        double a = rng_between(&rng, -50, 50), b = i % 3 ? rng_between(&rng, -50, 50) : a + rng_between(&rng, -1, 1);
        double expected = (double)logl(expl((long double)a) + expl((long double)b));
        assert_true(fabs(vmath_log_add_exp(a, b) - expected) < 1e-14 * fmax(1, fabs(expected)) + 1e-14);
    }
    assert_true(vmath_log_add_exp(1000, 1000) == 1000 + vmath_log(2));
    assert_true(vmath_log_add_exp(-1e4, 1e4) == 1e4);
    assert_true(vmath_log_add_exp(-INFINITY, 3) == 3 && vmath_log_add_exp(3, -INFINITY) == 3);
    assert_true(vmath_log_add_exp(-INFINITY, -INFINITY) == -INFINITY);
    assert_true(vmath_log_add_exp(INFINITY, -INFINITY) == INFINITY && vmath_log_add_exp(INFINITY, INFINITY) == INFINITY);
    assert_true(isnan(vmath_log_add_exp(NAN, 1)) && isnan(vmath_log_add_exp(1, NAN)) &&
                isnan(vmath_log_add_exp(NAN, -INFINITY)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_close),
        cmocka_unit_test(doubles_are_close),
        cmocka_unit_test(special_values),
        cmocka_unit_test(angles_that_are_hard_to_reduce),
        cmocka_unit_test(neighbours_do_not_matter),
        cmocka_unit_test(the_ends_of_the_range),
        cmocka_unit_test(log_add_exp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
