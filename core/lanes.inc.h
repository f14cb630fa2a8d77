// Template: Lanes, a vector of LANES Reals in one register, after core/real_f32.h or core/real_f64.h. 512 or 256 bits wide, as the compiler's
// instruction set allows, or a single Real (LANES_SCALAR, or an instruction set without FMA: fma() is then a call of the C library, which
// rounds once like the instruction).
//
// What is built from these operations gives the same bits at every width: each rounds once, as IEEE 754 says, and none looks across lanes.
#include <immintrin.h>
#include <string.h>

#if defined(LANES_SCALAR) || !defined(__AVX2__) || !defined(__FMA__)
#define LANES_BYTES ((int)sizeof(Real))
typedef Real Lanes;
typedef RealBits LaneBits;
typedef RealWord LaneWords;
typedef bool LaneMask;
typedef Real LanesInMemory;
#else
#if defined(__AVX512F__)
#define LANES_BYTES 64
#else
#define LANES_BYTES 32
#endif
typedef Real Lanes __attribute__((vector_size(LANES_BYTES)));
typedef RealBits LaneBits __attribute__((vector_size(LANES_BYTES)));
typedef RealWord LaneWords __attribute__((vector_size(LANES_BYTES)));
typedef Real LanesInMemory __attribute__((vector_size(LANES_BYTES), aligned(sizeof(Real)), may_alias));
#if !defined(__AVX512F__)
typedef LaneBits LaneMask;    // all bits of a lane, or none
#elif REAL_MANTISSA == 23
typedef __mmask16 LaneMask;
#else
typedef __mmask8 LaneMask;
#endif
#endif

enum { LANES = (int)(sizeof(Lanes) / sizeof(Real)) };

static inline Lanes lanes_load(const Real *from) {
    return *(const LanesInMemory *)from;
}

static inline void lanes_store(Real *to, Lanes v) {
    *(LanesInMemory *)to = v;
}

// Fewer than LANES: the others are zero, and are not stored.
static inline Lanes lanes_load_some(const Real *from, int count) {
    Real all[LANES] = {0};
    memcpy(all, from, (size_t)count * sizeof(Real));
    return lanes_load(all);
}

static inline void lanes_store_some(Real *to, Lanes v, int count) {
    Real all[LANES];
    lanes_store(all, v);
    memcpy(to, all, (size_t)count * sizeof(Real));
}

static inline Lanes lanes_all(Real x) {
    return x - (Lanes){0};
}

static inline LaneBits lanes_bits(Lanes v) {
    LaneBits bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline Lanes lanes_from_bits(LaneBits bits) {
    Lanes v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

// The operations that C has no operator for. Comparisons with NaN are false, but for lanes_within; lanes_min and lanes_max return the second operand
// when one is NaN.
#if defined(LANES_SCALAR) || !defined(__AVX2__) || !defined(__FMA__)

static inline Lanes lanes_fma(Lanes a, Lanes b, Lanes c) {
    return REAL_FMA(a, b, c);
}
static inline Lanes lanes_min(Lanes a, Lanes b) {
    return a < b ? a : b;
}
static inline Lanes lanes_max(Lanes a, Lanes b) {
    return a > b ? a : b;
}
static inline Lanes lanes_sqrt(Lanes v) {
    return REAL_SQRT(v);
}
static inline LaneMask lanes_less(Lanes a, Lanes b) {
    return a < b;
}
static inline LaneMask lanes_within(Lanes a, Lanes b) {
    return !(a > b);
}
static inline Lanes lanes_select(LaneMask mask, Lanes yes, Lanes no) {
    return mask ? yes : no;
}
static inline bool lanes_any(LaneMask mask) {
    return mask;
}
static inline unsigned lanes_mask_bits(LaneMask mask) {    // bit i: lane i
    return mask;
}

#else

// One name for the intrinsics of both element types.
#if REAL_MANTISSA == 23
#define LANES_INTRINSIC(bits, operation) _mm##bits##_##operation##_ps
#define LANES_TYPE(bits) __m##bits
#else
#define LANES_INTRINSIC(bits, operation) _mm##bits##_##operation##_pd
#define LANES_TYPE(bits) __m##bits##d
#endif

#if defined(__AVX512F__)

#define LANES_CALL(operation, ...) ((Lanes)LANES_INTRINSIC(512, operation)(__VA_ARGS__))
#define LANES_ARGUMENT(v) ((LANES_TYPE(512))(v))
#if REAL_MANTISSA == 23
#define LANES_COMPARE(a, b, how) _mm512_cmp_ps_mask(LANES_ARGUMENT(a), LANES_ARGUMENT(b), how)
#else
#define LANES_COMPARE(a, b, how) _mm512_cmp_pd_mask(LANES_ARGUMENT(a), LANES_ARGUMENT(b), how)
#endif

static inline Lanes lanes_select(LaneMask mask, Lanes yes, Lanes no) {
    return LANES_CALL(mask_blend, mask, LANES_ARGUMENT(no), LANES_ARGUMENT(yes));
}
static inline bool lanes_any(LaneMask mask) {
    return mask != 0;
}
static inline unsigned lanes_mask_bits(LaneMask mask) {
    return mask;
}

#else

#define LANES_CALL(operation, ...) ((Lanes)LANES_INTRINSIC(256, operation)(__VA_ARGS__))
#define LANES_ARGUMENT(v) ((LANES_TYPE(256))(v))
#define LANES_COMPARE(a, b, how) ((LaneMask)LANES_INTRINSIC(256, cmp)(LANES_ARGUMENT(a), LANES_ARGUMENT(b), how))

static inline Lanes lanes_select(LaneMask mask, Lanes yes, Lanes no) {
    return LANES_CALL(blendv, LANES_ARGUMENT(no), LANES_ARGUMENT(yes), LANES_ARGUMENT(mask));
}
static inline bool lanes_any(LaneMask mask) {
    return LANES_INTRINSIC(256, movemask)(LANES_ARGUMENT(mask)) != 0;
}
static inline unsigned lanes_mask_bits(LaneMask mask) {
    return (unsigned)LANES_INTRINSIC(256, movemask)(LANES_ARGUMENT(mask));
}

#endif

static inline Lanes lanes_fma(Lanes a, Lanes b, Lanes c) {
    return LANES_CALL(fmadd, LANES_ARGUMENT(a), LANES_ARGUMENT(b), LANES_ARGUMENT(c));
}
static inline Lanes lanes_min(Lanes a, Lanes b) {
    return LANES_CALL(min, LANES_ARGUMENT(a), LANES_ARGUMENT(b));
}
static inline Lanes lanes_max(Lanes a, Lanes b) {
    return LANES_CALL(max, LANES_ARGUMENT(a), LANES_ARGUMENT(b));
}
static inline Lanes lanes_sqrt(Lanes v) {
    return LANES_CALL(sqrt, LANES_ARGUMENT(v));
}
static inline LaneMask lanes_less(Lanes a, Lanes b) {
    return LANES_COMPARE(a, b, _CMP_LT_OQ);
}
static inline LaneMask lanes_within(Lanes a, Lanes b) {    // a <= b, or NaN
    return LANES_COMPARE(a, b, _CMP_NGT_UQ);
}

#endif

// ---- bits of a Real: the sign is the highest, then the exponent, then REAL_MANTISSA bits --------------------------------------------

static inline LaneBits lanes_all_bits(RealBits bits) {
    return bits - (LaneBits){0};
}

static inline Lanes lanes_abs(Lanes v) {
    const RealBits sign = REAL_SIGN;
    return lanes_from_bits(lanes_bits(v) & lanes_all_bits(~sign));
}

static inline Lanes lanes_copysign(Lanes magnitude, Lanes sign) {
    const LaneBits mask = lanes_all_bits(REAL_SIGN);
    return lanes_from_bits((lanes_bits(magnitude) & ~mask) | (lanes_bits(sign) & mask));
}

// Shifts of words wrap around and fill with zeros, whatever the sign.
static inline LaneBits lanes_shift_left(LaneBits bits, int count) {
    return (LaneBits)((LaneWords)bits << count);
}

static inline LaneBits lanes_add_bits(LaneBits a, LaneBits b) {
    return (LaneBits)((LaneWords)a + (LaneWords)b);
}

// An integer as REAL_ROUNDER + n carries it in its low bits.
static inline LaneBits lanes_integer(Lanes shifted) {
    return (LaneBits)((LaneWords)lanes_bits(shifted) - (LaneWords)lanes_bits(lanes_all(REAL_ROUNDER)));
}

// 2^n for an exponent in the normal range.
static inline Lanes lanes_power_of_two(LaneBits n) {
    return lanes_from_bits(lanes_shift_left(lanes_add_bits(n, lanes_all_bits(REAL_BIAS)), REAL_MANTISSA));
}
