// Template: elementary functions of Lanes, after core/lanes.inc.h. Only operations that round once and look at one lane, so the bits are
// the same at any vector width, with any compiler that keeps contraction off. Polynomials are Taylor's and Chebyshev's instead of
// fitted ones: their coefficients are closed forms. No division by the hardware in single precision: it would cost as much as all the rest.
//
// Largest errors in units in the last place, of every float (and of 20 million doubles; tests/core/test_vmath.c): exp 1.20 (1.10),
// log 2.85 (2.84), tanh 3.42 (3.36), logistic 2.82 (2.72).

static const double factorial[] = {
    1,      1,       2,        6,         24,         120,         720,           5040,           40320,
    362880, 3628800, 39916800, 479001600, 6227020800, 87178291200, 1307674368000, 20922789888000, 355687428096000,
};

// Functions of several vectors at once, in place: `count`, at most LANES_TOGETHER, is a constant after inlining. Their operations take turns,
// because the chain of one vector alone would wait for every result.
enum { LANES_TOGETHER = 8 };

// The polynomial of e^r - 1 on |r| <= h = ln(2)/2. In double precision Taylor's; in single precision with the term r^7/7! replaced by lower ones
// (Chebyshev's economisation: r^2 times [r^5 - h^5 T5(r/h)/16]), which leaves an error below 8e-9.
static inline double expm1_coefficient(int k) {
    const double h = 0.34657359027997264, last = 1.0 / 5040;
    double economy = REAL_MANTISSA > 23 ? 0 : k == 5 ? 1.25 * h * h * last : k == 3 ? -0.3125 * h * h * h * h * last : 0;
    return 1 / factorial[k] + economy;
}

// c x as a multiple of ln 2 and a rest (Cody and Waite 1980): c x = n ln 2 + c u with |c u| <= ln(2)/2; leaves e^(c u) - 1, by Horner's
// rule, in x, and n in `shifted`: REAL_ROUNDER + REAL_BIAS + n, whose low bits are the exponent of 2^n. c is 1, -1 or -2. Where |n| leaves the
// range of exponents, so does the result. With ln 2 in one part (`coarse`) c u is off by n 2^-29, in double precision n 2^-55.
static inline __attribute__((always_inline)) void lanes_reduced_expm1(double c, bool coarse, int count, Lanes *x,
                                                                      Lanes *shifted) {
    const Lanes rounder = lanes_all(REAL_ROUNDER + REAL_BIAS);
    Lanes sum[LANES_TOGETHER];
    double power = 1;    // c^k
#pragma GCC unroll 16
    for (int k = 0; k < REAL_EXPM1_TERMS; k++) power *= c;
    for (int i = 0; i < count; i++) shifted[i] = lanes_fma(x[i], lanes_all((Real)(c * 1.4426950408889634)), rounder);
    Real high = coarse ? (Real)0.69314718055994531 : REAL_LN2_HIGH;
    for (int i = 0; i < count; i++) x[i] = lanes_fma(shifted[i] - rounder, lanes_all(-high / (Real)c), x[i]);
    for (int i = 0; i < count && !coarse; i++) x[i] = lanes_fma(shifted[i] - rounder, lanes_all(-REAL_LN2_LOW / (Real)c), x[i]);
    for (int i = 0; i < count; i++) sum[i] = lanes_all((Real)(power * expm1_coefficient(REAL_EXPM1_TERMS)));
#pragma GCC unroll 16
    for (int k = REAL_EXPM1_TERMS - 1; k >= 1; k--) {
        power /= c;
        for (int i = 0; i < count; i++) sum[i] = lanes_fma(sum[i], x[i], lanes_all((Real)(power * expm1_coefficient(k))));
    }
    for (int i = 0; i < count; i++) x[i] = sum[i] * x[i];
}

// 2^n from what the above leaves in `shifted`, for an exponent in the normal range.
static inline Lanes lanes_scale(Lanes shifted) {
    return lanes_from_bits(lanes_shift_left(lanes_bits(shifted), REAL_MANTISSA));
}

// e^x; 0 and infinity beyond the range, NaN for NaN.
static inline __attribute__((always_inline)) void lanes_exp_each(int count, Lanes *x) {
    Lanes shifted[LANES_TOGETHER];
    for (int i = 0; i < count; i++) x[i] = lanes_max(lanes_all(REAL_EXP_LOW), lanes_min(lanes_all(REAL_EXP_HIGH), x[i]));
    lanes_reduced_expm1(1, false, count, x, shifted);
    for (int i = 0; i < count; i++) {    // 2^n in two factors: n alone can leave the range of exponents
        LaneBits n = lanes_integer(shifted[i] - lanes_all(REAL_BIAS)), half = n >> 1;
        x[i] =
            (x[i] + lanes_all(1)) * lanes_power_of_two(half) * lanes_power_of_two((LaneBits)((LaneWords)n - (LaneWords)half));
    }
}

// 1/d for d in [1, 2]. The cubic with the least relative error on that interval is 1 - d p(d) = T4(2d - 3) / T4(3), T4 Chebyshev's polynomial
// and T4(3) = 577; then y (1 + e + e^2) with e = 1 - d y leaves e^3 = 5e-9.
static inline __attribute__((always_inline)) void lanes_reciprocal_each(int count, Lanes *d) {
    if (sizeof(Real) == 8) {
        for (int i = 0; i < count; i++) d[i] = lanes_all(1) / d[i];
        return;
    }
    Lanes y[LANES_TOGETHER];
    for (int i = 0; i < count; i++) y[i] = lanes_fma(d[i], lanes_all((Real)(-128.0 / 577)), lanes_all((Real)(768.0 / 577)));
    for (int i = 0; i < count; i++) y[i] = lanes_fma(y[i], d[i], lanes_all((Real)(-1696.0 / 577)));
    for (int i = 0; i < count; i++) y[i] = lanes_fma(y[i], d[i], lanes_all((Real)(1632.0 / 577)));
    for (int i = 0; i < count; i++) d[i] = lanes_fma(-d[i], y[i], lanes_all(1));
    for (int i = 0; i < count; i++) d[i] = lanes_fma(lanes_fma(d[i], d[i], d[i]), y[i], y[i]);
}

// tanh |x| = -E / (E + 2) with E = e^-2|x| - 1 = 2^n p + (2^n - 1), without cancellation near zero.
static inline __attribute__((always_inline)) void lanes_tanh_each(int count, Lanes *x) {
    Lanes p[LANES_TOGETHER], scale[LANES_TOGETHER], d[LANES_TOGETHER];
    for (int i = 0; i < count; i++) p[i] = lanes_min(lanes_all(REAL_TANH_SATURATION), lanes_abs(x[i]));
    lanes_reduced_expm1(-2, true, count, p, scale);
    for (int i = 0; i < count; i++) scale[i] = lanes_scale(scale[i]);
    for (int i = 0; i < count; i++) p[i] = lanes_fma(scale[i], p[i], scale[i] - lanes_all(1));
    for (int i = 0; i < count; i++) d[i] = p[i] + lanes_all(2);
    lanes_reciprocal_each(count, d);
    for (int i = 0; i < count; i++) x[i] = lanes_copysign(p[i] * d[i], x[i]);
}

// 1 / (1 + e^-x) = {1 or e^-|x|} / (1 + e^-|x|), the first where x >= 0. Zero where e^-|x| would be subnormal.
static inline __attribute__((always_inline)) void lanes_logistic_each(int count, Lanes *x) {
    Lanes e[LANES_TOGETHER], scale[LANES_TOGETHER], d[LANES_TOGETHER];
    for (int i = 0; i < count; i++) e[i] = lanes_abs(x[i]);
    lanes_reduced_expm1(-1, false, count, e, scale);
    for (int i = 0; i < count; i++) scale[i] = lanes_scale(scale[i]);
    for (int i = 0; i < count; i++) {
        LaneMask normal = lanes_within(lanes_abs(x[i]), lanes_all(REAL_EXP_NORMAL));
        e[i] = lanes_select(normal, lanes_fma(scale[i], e[i], scale[i]), lanes_all(0));
    }
    for (int i = 0; i < count; i++) d[i] = e[i] + lanes_all(1);
    lanes_reciprocal_each(count, d);
    for (int i = 0; i < count; i++) x[i] = lanes_select(lanes_less(x[i], lanes_all(0)), e[i], lanes_all(1)) * d[i];
}

// ln x = n ln 2 + 2 artanh((m-1)/(m+1)) with x = 2^n m and m in [sqrt(1/2), sqrt 2). -infinity at 0, NaN below.
static inline __attribute__((always_inline)) Lanes lanes_log(Lanes x) {
    LaneMask subnormal = lanes_less(x, lanes_all(REAL_SMALLEST_NORMAL));
    Lanes scaled = lanes_select(subnormal, x * lanes_all(REAL_SUBNORMAL_SCALE), x);
    Lanes shift = lanes_select(subnormal, lanes_all(REAL_MANTISSA), lanes_all(0));
    LaneBits bits = lanes_bits(scaled), root_half = lanes_bits(lanes_all((Real)0.70710678118654752));
    LaneBits n = (LaneBits)((LaneWords)bits - (LaneWords)root_half) >> REAL_MANTISSA;
    Lanes m = lanes_from_bits((LaneBits)((LaneWords)bits - ((LaneWords)n << REAL_MANTISSA)));
    Lanes s = (m - lanes_all(1)) / (m + lanes_all(1)), square = s * s;
    Lanes sum = lanes_all((Real)1 / (Real)(2 * REAL_LOG_TERMS - 1));
#pragma GCC unroll 16
    for (int k = REAL_LOG_TERMS - 1; k >= 1; k--) sum = lanes_fma(sum, square, lanes_all((Real)1 / (Real)(2 * k - 1)));
    // n as a number: the rounder carries it, as in lanes_integer, backwards.
    Lanes rounder = lanes_all(REAL_ROUNDER);
    Lanes exponent = lanes_from_bits(lanes_add_bits(lanes_bits(rounder), n)) - rounder - shift;
    Lanes value = lanes_fma(exponent, lanes_all(REAL_LN2_HIGH), lanes_fma(exponent, lanes_all(REAL_LN2_LOW), (s + s) * sum));
    const Lanes infinity = lanes_all((Real)__builtin_inf());
    value = lanes_select(lanes_less(x, infinity), value, x);    // infinity and NaN are their own logarithms
    value = lanes_select(lanes_less(x, lanes_all(0)), lanes_all((Real)__builtin_nan("")), value);
    LaneMask zero = lanes_less(lanes_abs(x), lanes_all(REAL_SMALLEST));
    return lanes_select(zero, -infinity, value);
}

static inline __attribute__((always_inline)) void lanes_log_each(int count, Lanes *x) {
    for (int i = 0; i < count; i++) x[i] = lanes_log(x[i]);
}
