// Template: sine and cosine of Lanes, after core/functions.inc.h and by its rules, for every finite argument: an angle is a number of quarter
// turns and a rest r in [-pi/4, pi/4] (a little more at the seams). The rest is found in Lanes where three parts of pi/2 suffice (Cody
// and Waite 1980), else one by one with as many bits of 2/pi as the argument asks for (Payne and Hanek 1983). Which of the two is a
// matter of the argument alone, whatever its neighbours.
//
// Largest errors in units in the last place, of every float (and of 20 million doubles; tests/core/test_vmath.c): 1.52 (1.49) for both.

__extension__ typedef unsigned __int128 Wide;

// The bits of 2/pi behind the point, after 64 zeros.
static const uint64_t two_over_pi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
};

// |x| 2/pi mod 4 for finite |x| >= 2^-9, in units of 2^-126. With |x| = m 2^e, the bits of 2/pi above weight 2^(1-e) make multiples of 4 and
// are left out; of the others 192 are multiplied by m < 2^53, so that what is cut off is below 2^-137. No double is nearer than 2^-62
// to a multiple of pi/2 (Kahan), so 2^-126 leaves 64 bits of the rest.
static Wide quarter_turns_mod_4(double x) {
    uint64_t bits, word[3];
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023 - 52, first = exponent + 62;
    uint64_t m = (bits & 0xfffffffffffff) | 0x10000000000000;
    for (int i = 0; i < 3; i++) {
        const uint64_t *at = two_over_pi + first / 64 + i;
        word[i] = first % 64 == 0 ? at[0] : at[0] << first % 64 | at[1] >> (64 - first % 64);
    }
    Wide low = (Wide)m * word[2], middle = (Wide)m * word[1] + (low >> 64);
    uint64_t high = m * word[0] + (uint64_t)(middle >> 64);
    return (Wide)high << 64 | (uint64_t)middle;
}

// Returns r with x = (4 k + turns) pi/2 + r, |r| <= pi/4, to 0.52 ulp.
static double far_angle(double x, int *turns) {
    Wide angle = quarter_turns_mod_4(x);
    int quadrant = (int)(angle >> 126);
    angle <<= 2;    // the fraction of a quarter turn alone
    bool beyond = angle >> 127, negative = x < 0;
    if (beyond) angle = -angle, quadrant++;
    *turns = negative ? -quadrant : quadrant;
    int zeros = __builtin_clzll((uint64_t)(angle >> 64));
    const uint64_t half_pi = 0xc90fdaa22168c234;    // in units of 2^-63
    uint64_t rest = (uint64_t)((angle << zeros >> 64) * half_pi >> 64);
    uint64_t unit_bits = (uint64_t)(1023 - 63 - zeros) << 52;
    double unit;
    memcpy(&unit, &unit_bits, sizeof unit);
    return (double)rest * (beyond != negative ? -unit : unit);
}

static __attribute__((noinline, cold)) void far_angles(const Real *x, Real *rest, RealBits *turns) {
    for (int i = 0; i < LANES; i++) {
        double at = (double)x[i];
        if (!(at > (double)REAL_ANGLE_NEAR || at < -(double)REAL_ANGLE_NEAR) || at - at != 0)
            continue;    // near, or not finite
        int quadrant;
        rest[i] = (Real)far_angle(at, &quadrant);
        turns[i] = (RealBits)quadrant;
    }
}

// r, and the number of quarter turns modulo 4 in the two lowest bits. With |r| < 1 the first step is exact, for both operands are multiples of
// the unit of a number just below 1.
static inline __attribute__((always_inline)) Lanes lanes_angle(Lanes x, LaneBits *turns) {
    Lanes shifted = lanes_fma(x, lanes_all((Real)0.63661977236758134), lanes_all(REAL_ROUNDER));
    Lanes n = shifted - lanes_all(REAL_ROUNDER);
    Lanes rest = lanes_fma(n, lanes_all(-REAL_HALF_PI_1), x);
    rest = lanes_fma(n, lanes_all(-REAL_HALF_PI_2), rest);
    rest = lanes_fma(n, lanes_all(-REAL_HALF_PI_3), rest);
    *turns = lanes_integer(shifted);
    if (__builtin_expect(lanes_any(lanes_less(lanes_all(REAL_ANGLE_NEAR), lanes_abs(x))), 0)) {
        Real all_x[LANES], all_rest[LANES];
        RealBits all_turns[LANES];
        lanes_store(all_x, x);
        lanes_store(all_rest, rest);
        memcpy(all_turns, turns, sizeof all_turns);
        far_angles(all_x, all_rest, all_turns);
        rest = lanes_load(all_rest);
        memcpy(turns, all_turns, sizeof all_turns);
    }
    return rest;
}

// Of the coefficients (-1)^k / (2k + odd)! of sine or cosine those from k = 1 on, `terms` counting number 0 too; by Horner's rule.
static inline __attribute__((always_inline)) Lanes lanes_taylor(int terms, int odd, Lanes z) {
    Lanes sum = lanes_all(0);
#pragma GCC unroll 16
    for (int k = terms - 1; k >= 1; k--) {
        Lanes coefficient = lanes_all((Real)((k % 2 ? -1 : 1) / factorial[2 * k + odd]));
        sum = k == terms - 1 ? coefficient : lanes_fma(sum, z, coefficient);
    }
    return sum;
}

// sin(turns pi/2 + r): sin r, cos r, -sin r or -cos r.
static inline __attribute__((always_inline)) Lanes lanes_sin_of_angle(LaneBits turns, Lanes r) {
    Lanes z = r * r;
    Lanes sine = lanes_copysign(lanes_fma(r * z, lanes_taylor(REAL_SIN_TERMS, 1, z), r), r);    // the sign of r = -0 too
    Lanes cosine = lanes_fma(z, lanes_taylor(REAL_COS_TERMS, 0, z), lanes_all(1));
    LaneBits odd = -(turns & lanes_all_bits(1));
    LaneBits sign = lanes_shift_left(turns, 8 * (int)sizeof(Real) - 2) & lanes_all_bits(REAL_SIGN);
    return lanes_from_bits(((lanes_bits(cosine) & odd) | (lanes_bits(sine) & ~odd)) ^ sign);
}

// sin(x + ahead pi/2). NaN where x is not finite; -0 for sin(-0).
static inline __attribute__((always_inline)) Lanes lanes_sin_ahead(RealBits ahead, Lanes x) {
    LaneBits turns;
    Lanes r = lanes_angle(x, &turns);
    Lanes value = lanes_sin_of_angle(lanes_add_bits(turns, lanes_all_bits(ahead)), r);
    LaneMask finite = lanes_less(lanes_abs(x), lanes_all((Real)__builtin_inf()));
    return lanes_select(finite, value, lanes_all((Real)__builtin_nan("")));
}

static inline __attribute__((always_inline)) Lanes lanes_sin(Lanes x) {
    return lanes_sin_ahead(0, x);
}

static inline __attribute__((always_inline)) Lanes lanes_cos(Lanes x) {
    return lanes_sin_ahead(1, x);
}

static inline __attribute__((always_inline)) void lanes_sin_each(int count, Lanes *x) {
    for (int i = 0; i < count; i++) x[i] = lanes_sin(x[i]);
}

static inline __attribute__((always_inline)) void lanes_cos_each(int count, Lanes *x) {
    for (int i = 0; i < count; i++) x[i] = lanes_cos(x[i]);
}

// A standard normal variate from independent uniform u in (0, 1] and v in [0, 1): sqrt(-2 ln u) cos(2 pi v) (Box and Muller 1958). The
// quarter turns of 4 v and the rest are exact.
static inline __attribute__((always_inline)) Lanes lanes_normal(Lanes u, Lanes v) {
    Lanes shifted = lanes_fma(v, lanes_all(4), lanes_all(REAL_ROUNDER));
    Lanes rest = lanes_fma(v, lanes_all(4), lanes_all(REAL_ROUNDER) - shifted);
    LaneBits turns = lanes_add_bits(lanes_integer(shifted), lanes_all_bits(1));
    Lanes cosine = lanes_sin_of_angle(turns, rest * lanes_all((Real)1.5707963267948966));
    return lanes_sqrt(lanes_all(-2) * lanes_log(u)) * cosine;
}
