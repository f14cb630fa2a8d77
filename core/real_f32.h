// Element type of the templates *.inc.h: single precision.
#pragma once

#include <stdint.h>

typedef float Real;
typedef int32_t RealBits;
typedef uint32_t RealWord;    // bit arithmetic that may wrap around

#define REAL_DTYPE DTYPE_F32
#define REAL_FMA __builtin_fmaf
#define REAL_SQRT __builtin_sqrtf

#define REAL_MANTISSA 23
#define REAL_BIAS 127
#define REAL_ROUNDER 0x1.8p23f          // adding and subtracting it rounds to an integer
#define REAL_LN2_HIGH 0x1.62e400p-1f    // ln 2 in two parts: products of the first with exponents are exact
#define REAL_LN2_LOW 0x1.7f7d1cp-20f
#define REAL_EXP_HIGH 89.0f           // beyond: infinity
#define REAL_EXP_LOW (-104.0f)        // beyond: zero
#define REAL_TANH_SATURATION 9.02f    // beyond: 1 to the last bit
#define REAL_EXPM1_TERMS 6            // terms of e^r - 1 on |r| <= ln(2)/2
#define REAL_LOG_TERMS 5              // odd terms of 2 artanh(s) on |s| <= 0.1716: remainder 7e-10
#define REAL_SMALLEST_NORMAL 0x1p-126f
#define REAL_SUBNORMAL_SCALE 0x1p23f
#define REAL_SMALLEST 0x1p-149f
#define REAL_EXP_NORMAL 87.33f           // e^-x is a normal number up to here
#define REAL_SIGN INT32_MIN              // the bit of the sign alone
#define REAL_ANGLE_NEAR 0x1p17f          // sine and cosine: up to here three parts of pi/2 suffice
#define REAL_HALF_PI_1 0x1.921fb4p+0f    // pi/2 in three parts, cut off and not rounded: all positive, so that sin(-0) stays -0
#define REAL_HALF_PI_2 0x1.4442d0p-24f
#define REAL_HALF_PI_3 0x1.846988p-48f
#define REAL_SIN_TERMS 5    // Taylor terms on |r| <= pi/4: remainder 1.8e-9
#define REAL_COS_TERMS 6    // remainder 1.2e-10
