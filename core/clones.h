// For plain loops over arrays that the compiler makes vectors of: compiled for every x86-64, for AVX2 and for AVX-512, the widest that the CPU has being
// bound when the program starts. Contraction is off, so all give the same bits. What calls fma(), or wants other code for other widths, is a kernel instead
// (core/kernels.h).
#pragma once

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
