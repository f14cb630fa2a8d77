// The kind of machine that a table was measured on.
#include <cpuid.h>
#include <stdio.h>
#include <string.h>

#include "benchmarks/speed/speed.h"
#include "core/kernels.h"

static const char *vendor_name(unsigned b, unsigned c, unsigned d) {
    char text[13] = "";
    memcpy(text, &b, 4);
    memcpy(text + 4, &d, 4);
    memcpy(text + 8, &c, 4);
    if (strcmp(text, "GenuineIntel") == 0) return "intel";
    if (strcmp(text, "AuthenticAMD") == 0) return "amd";
    return "other";
}

void speed_cpu_class(char *text, size_t size) {
    unsigned a, b, c, d, leaf_b, leaf_c, leaf_d;
    __cpuid(0, a, leaf_b, leaf_c, leaf_d);
    __cpuid(1, a, b, c, d);
    unsigned family = (a >> 8) & 15, model = (a >> 4) & 15;
    if (family == 15 || family == 6) model |= ((a >> 16) & 15) << 4;
    if (family == 15) family += (a >> 20) & 255;
    snprintf(text, size, "x86-64-%s-%s-%u-%u", kernels_supported(KERNELS_AVX512) ? "avx512" : "avx2",
             vendor_name(leaf_b, leaf_c, leaf_d), family, model);
}

void speed_cpu_describe(char *text, size_t size) {
    unsigned brand[13] = {0}, a, b, c, d;
    char class[64];
    speed_cpu_class(class, sizeof class);
    __cpuid(0x80000000u, a, b, c, d);
    for (unsigned i = 0; a >= 0x80000004u && i < 3; i++) {
        unsigned *part = brand + 4 * i;
        __cpuid(0x80000002u + i, part[0], part[1], part[2], part[3]);
    }
    char name[sizeof brand];
    memcpy(name, brand, sizeof name);
    name[sizeof name - 1] = '\0';
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == ' ') name[--length] = '\0';
    snprintf(text, size, "%s (%s)", class, name + strspn(name, " "));
}
