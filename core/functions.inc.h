// Template: elementary functions of Lanes, after core/lanes.inc.h. Only operations that round once and look at one lane, so the bits are
// the same at any vector width, with any compiler that keeps contraction off. Polynomials are Taylor's and Chebyshev's instead of
// fitted ones: their coefficients are closed forms. No division by the hardware in single precision: it would cost as much as all the rest.
//
// Largest errors in units in the last place, of every float (and of 20 million doubles; tests/core/test_vmath.c): exp 1.20 (1.10),
// log 2.85 (2.84), tanh 3.21 (3.36), logistic 2.82 (2.72).

static const double factorial[] = {
    1,      1,       2,        6,         24,         120,         720,           5040,           40320,
    362880, 3628800, 39916800, 479001600, 6227020800, 87178291200, 1307674368000, 20922789888000, 355687428096000,
};

// c r as a multiple of ln 2 and a rest (Cody and Waite 1980): c x = n ln 2 + c u with |c u| <= ln(2)/2; returns e^(c u) - 1 by Horner's
// rule. c is 1, -1 or -2, a constant after inlining. Where |n| leaves the range of exponents, so does the result.
static inline __attribute__((always_inline)) Lanes lanes_reduced_expm1(double c, Lanes x, Lanes *shifted) {
    *shifted = lanes_fma(x, lanes_all((Real)(c * 1.4426950408889634)), lanes_all(REAL_ROUNDER));
    Lanes n = *shifted - lanes_all(REAL_ROUNDER);
    Lanes u = lanes_fma(n, lanes_all(-REAL_LN2_HIGH / (Real)c), x);
    u = lanes_fma(n, lanes_all(-REAL_LN2_LOW / (Real)c), u);
    double power = 1;    // c^k
#pragma GCC unroll 16
    for (int k = 0; k < REAL_EXPM1_TERMS; k++) power *= c;
    Lanes sum = lanes_all((Real)(power / factorial[REAL_EXPM1_TERMS]));
#pragma GCC unroll 16
    for (int k = REAL_EXPM1_TERMS - 1; k >= 1; k--) {
        power /= c;
        sum = lanes_fma(sum, u, lanes_all((Real)(power / factorial[k])));
    }
    return sum * u;
}

// e^x; 0 and infinity beyond the range, NaN for NaN.
static inline __attribute__((always_inline)) Lanes lanes_exp(Lanes x) {
    Lanes clamped = lanes_max(lanes_all(REAL_EXP_LOW), lanes_min(lanes_all(REAL_EXP_HIGH), x)), shifted;
    Lanes fraction = lanes_reduced_expm1(1, clamped, &shifted) + lanes_all(1);
    LaneBits n = lanes_integer(shifted), half = n >> 1;    // 2^n in two factors: n alone can leave the range of exponents
    return fraction * lanes_power_of_two(half) * lanes_power_of_two((LaneBits)((LaneWords)n - (LaneWords)half));
}

// 1/d for d in [1, 2]. The cubic with the least relative error on that interval is 1 - d p(d) = T4(2d - 3) / T4(3), T4 Chebyshev's polynomial
// and T4(3) = 577; then y (1 + e + e^2) with e = 1 - d y leaves e^3 = 5e-9.
static inline __attribute__((always_inline)) Lanes lanes_reciprocal(Lanes d) {
    if (sizeof(Real) == 8) return lanes_all(1) / d;
    Lanes y = lanes_fma(d, lanes_all((Real)(-128.0 / 577)), lanes_all((Real)(768.0 / 577)));
    y = lanes_fma(y, d, lanes_all((Real)(-1696.0 / 577)));
    y = lanes_fma(y, d, lanes_all((Real)(1632.0 / 577)));
    Lanes e = lanes_fma(-d, y, lanes_all(1));
    return lanes_fma(lanes_fma(e, e, e), y, y);
}

// tanh |x| = -E / (E + 2) with E = e^-2|x| - 1 = 2^n p + (2^n - 1), without cancellation near zero.
static inline __attribute__((always_inline)) Lanes lanes_tanh(Lanes x) {
    Lanes shifted, magnitude = lanes_min(lanes_all(REAL_TANH_SATURATION), lanes_abs(x));
    Lanes p = lanes_reduced_expm1(-2, magnitude, &shifted);
    Lanes scale = lanes_power_of_two(lanes_integer(shifted));
    Lanes expm1 = lanes_fma(scale, p, scale - lanes_all(1));
    return lanes_copysign(expm1 * lanes_reciprocal(expm1 + lanes_all(2)), x);
}

// 1 / (1 + e^-x) = {1 or e^-|x|} / (1 + e^-|x|), the first where x >= 0. Zero where e^-|x| would be subnormal.
static inline __attribute__((always_inline)) Lanes lanes_logistic(Lanes x) {
    Lanes shifted, magnitude = lanes_abs(x);
    Lanes p = lanes_reduced_expm1(-1, magnitude, &shifted);
    Lanes scale = lanes_power_of_two(lanes_integer(shifted));
    Lanes e = lanes_select(lanes_within(magnitude, lanes_all(REAL_EXP_NORMAL)), lanes_fma(scale, p, scale), lanes_all(0));
    Lanes numerator = lanes_select(lanes_less(x, lanes_all(0)), e, lanes_all(1));
    return numerator * lanes_reciprocal(e + lanes_all(1));
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
