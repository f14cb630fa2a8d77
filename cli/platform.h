// Whether this processor can run engram. main asks before anything else: platform.c and main.c alone are compiled for every x86-64.
#pragma once

#include <stdbool.h>

// True when the CPU has what x86-64-v3 code needs. Otherwise false, and `*missing` names the first instruction set it lacks.
bool platform_supported(const char **missing);
