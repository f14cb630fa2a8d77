// Template: elementary functions of one Real, after core/real_f32.h or core/real_f64.h. Only +, -, *, /, FMA, comparisons and bit moves,
// so a loop over them gives the same bits at any vector width, with any compiler that keeps contraction off. Taylor polynomials instead
// of fitted ones: their coefficients are closed forms, and one or two more FMA hide behind the division.

static inline Real real_from_bits(RealBits bits) {
    Real value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

static inline RealBits real_to_bits(Real value) {
    RealBits bits;
    __builtin_memcpy(&bits, &value, sizeof bits);
    return bits;
}

// 2^n for an exponent in the normal range.
static inline Real real_power_of_two(RealBits n) {
    return real_from_bits((RealBits)((RealWord)(n + REAL_BIAS) << REAL_MANTISSA));
}

// x = n ln 2 + r with |r| <= ln(2)/2 (Cody and Waite 1980); returns e^r - 1 by Horner's rule.
static inline Real real_reduced_expm1(Real x, RealBits *exponent) {
    const Real log2_e = (Real)1.4426950408889634;
    Real shifted = REAL_FMA(x, log2_e, REAL_ROUNDER);
    Real n = shifted - REAL_ROUNDER;
    *exponent = real_to_bits(shifted) - real_to_bits(REAL_ROUNDER);
    Real r = REAL_FMA(-n, REAL_LN2_HIGH, x);
    r = REAL_FMA(-n, REAL_LN2_LOW, r);
    Real sum = (Real)1;
#pragma GCC unroll 16
    for (int k = REAL_EXPM1_TERMS; k >= 2; k--) sum = REAL_FMA(sum, r / (Real)k, (Real)1);
    return sum * r;
}

// e^x; 0 and infinity beyond the range, NaN for NaN.
static inline Real real_exp(Real x) {
    Real high = x > REAL_EXP_HIGH ? REAL_EXP_HIGH : x;
    Real clamped = high < REAL_EXP_LOW ? REAL_EXP_LOW : high;
    RealBits n;
    Real fraction = (Real)1 + real_reduced_expm1(clamped, &n);
    RealBits half = n >> 1;    // 2^n in two factors: n alone can leave the range of exponents
    return fraction * real_power_of_two(half) * real_power_of_two(n - half);
}

// tanh x = (e^2x - 1) / (e^2x + 1), the numerator without cancellation near zero: 2^n (1 + p) - 1 = 2^n p + (2^n - 1).
static inline Real real_tanh(Real x) {
    Real magnitude = REAL_ABS(x);
    Real clamped = magnitude > REAL_TANH_SATURATION ? REAL_TANH_SATURATION : magnitude;
    RealBits n;
    Real p = real_reduced_expm1(clamped + clamped, &n);
    Real scale = real_power_of_two(n);
    Real expm1 = REAL_FMA(scale, p, scale - (Real)1);
    return REAL_COPYSIGN(expm1 / (expm1 + (Real)2), x);
}

// 1 / (1 + e^-x).
static inline Real real_logistic(Real x) {
    return (Real)1 / ((Real)1 + real_exp(-x));
}

// ln x = n ln 2 + 2 artanh((m-1)/(m+1)) with x = 2^n m and m in [sqrt(1/2), sqrt 2). -infinity at 0, NaN below.
static inline Real real_log(Real x) {
    Real scaled = x < REAL_SMALLEST_NORMAL ? x * REAL_SUBNORMAL_SCALE : x;
    RealBits shift = x < REAL_SMALLEST_NORMAL ? REAL_MANTISSA : 0;
    RealBits bits = real_to_bits(scaled);
    RealBits root_half = real_to_bits((Real)0.70710678118654752);
    RealBits n = (RealBits)((RealWord)bits - (RealWord)root_half) >> REAL_MANTISSA;
    Real m = real_from_bits((RealBits)((RealWord)bits - ((RealWord)n << REAL_MANTISSA)));
    Real s = (m - (Real)1) / (m + (Real)1);
    Real square = s * s;
    Real sum = (Real)1 / (Real)(2 * REAL_LOG_TERMS - 1);
#pragma GCC unroll 16
    for (int k = REAL_LOG_TERMS - 1; k >= 1; k--) sum = REAL_FMA(sum, square, (Real)1 / (Real)(2 * k - 1));
    Real exponent = (Real)(n - shift);
    Real value = REAL_FMA(exponent, REAL_LN2_HIGH, REAL_FMA(exponent, REAL_LN2_LOW, (s + s) * sum));
    if (x > (Real)0 && x < (Real)__builtin_inf()) return value;
    if (x == (Real)0) return -(Real)__builtin_inf();
    return x > (Real)0 ? x : (Real)__builtin_nan("");
}
