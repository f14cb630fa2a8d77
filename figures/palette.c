#include "figures/palette.h"

#include <string.h>

// Okabe and Ito, "Color universal design" (2008); yellow is left out: it is too light for a line. Wine, olive, indigo and the dark cyan are
// Tol's ("Colour schemes", 2021, muted and dark).
const PaletteEntry palette[] = {
    {"gru", "GRU", "#0072B2", "#B8D6E8", 7, "1"},
    {"lstm", "LSTM", "#E69F00", "#F8E2B8", 5, "1"},
    {"mgu", "MGU", "#009E73", "#B8E1D6", 9, "1"},
    {"brc", "BRC", "#CC79A7", "#F1D9E6", 13, "1"},
    {"nbrc", "nBRC", "#56B4E9", "#CFE8F8", 6, "1"},
    {"lstm-memory", "LSTM (h, c)", "#E69F00", "#F8E2B8", 4, "(6, 4)"},
    {"feedforward", "feed-forward", "#D55E00", "#F3CFB8", 11, "1"},
    {"elman", "RNN", "#882255", "#DEC2D0", 3, "1"},
    {"leaky", "leaky RNN", "#999933", "#E2E2C6", 8, "1"},
    {"gated", "gated RNN", "#332288", "#C6C1DE", 15, "1"},
    // free: for names that are not in the table
    {"", "", "#000000", "#B8B8B8", 2, "1"},
    {"", "", "#7F7F7F", "#DADADA", 1, "1"},
    {"", "", "#225555", "#C1CFCF", 12, "1"},
};
enum { PALETTE_COUNT = sizeof palette / sizeof palette[0], PALETTE_FIXED = 10 };
const size_t palette_count = PALETTE_COUNT;

// The table's blue and vermillion, a third white: black numbers stay readable on them.
const PaletteDiverging palette_diverging = {.low = "#E49659", .middle = "#FFFFFF", .high = "#59A3CD"};

static size_t palette_find(const char *name) {
    for (size_t i = 0; i < PALETTE_FIXED; i++) {
        if (strcmp(palette[i].name, name) == 0) return i;
    }
    return PALETTE_COUNT;
}

bool palette_knows(const char *name) {
    return palette_find(name) < PALETTE_COUNT;
}

size_t palette_index(const char *name, size_t rank) {
    size_t found = palette_find(name);
    return found < PALETTE_COUNT ? found : PALETTE_FIXED + rank % (PALETTE_COUNT - PALETTE_FIXED);
}

const char *palette_verdict(const char *verdict) {
    if (strcmp(verdict, "pass") == 0) return "#0072B2";
    return strcmp(verdict, "fail") == 0 ? "#D55E00" : "#7F7F7F";
}

void palette_write(FILE *script) {
    for (size_t i = 0; i < PALETTE_COUNT; i++) {
        fprintf(script, "set linetype %zu linecolor rgb \"%s\" pointtype %d dashtype %s\n", i + 1, palette[i].colour,
                palette[i].point, palette[i].dash);
    }
    fprintf(script, "DIVERGING_LOW = \"%s\"\nDIVERGING_MIDDLE = \"%s\"\nDIVERGING_HIGH = \"%s\"\n", palette_diverging.low,
            palette_diverging.middle, palette_diverging.high);
}
