// Element type of the templates *.inc.h: double precision.
#pragma once

#include <stdint.h>

typedef double Real;
typedef int64_t RealBits;
typedef uint64_t RealWord;    // bit arithmetic that may wrap around

#define REAL_DTYPE DTYPE_F64
#define REAL_FMA __builtin_fma
#define REAL_SQRT __builtin_sqrt

#define REAL_MANTISSA 52
#define REAL_BIAS 1023
#define REAL_ROUNDER 0x1.8p52
#define REAL_LN2_HIGH 0x1.62e42fee00000p-1
#define REAL_LN2_LOW 0x1.a39ef35793c76p-33
#define REAL_EXP_HIGH 710.0
#define REAL_EXP_LOW (-746.0)
#define REAL_TANH_SATURATION 19.1
#define REAL_EXPM1_TERMS 14
#define REAL_LOG_TERMS 11
#define REAL_SMALLEST_NORMAL 0x1p-1022
#define REAL_SUBNORMAL_SCALE 0x1p52
#define REAL_SMALLEST 0x1p-1074
#define REAL_EXP_NORMAL 708.39    // e^-x is a normal number up to here
#define REAL_SIGN INT64_MIN       // the bit of the sign alone
#define REAL_ANGLE_NEAR 0x1p40    // sine and cosine: see real_f32.h
#define REAL_HALF_PI_1 0x1.921fb54442d18p+0
#define REAL_HALF_PI_2 0x1.1a62633145c06p-54
#define REAL_HALF_PI_3 0x1.c1cd129024e08p-107
#define REAL_SIN_TERMS 9    // remainder 8.4e-20
#define REAL_COS_TERMS 9    // remainder 2.1e-18
