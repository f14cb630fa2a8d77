// The same colour for the same thing in every figure: one table from names to colours, markers and dashes. Okabe and Ito's order,
// which people with any form of colour blindness can tell apart; markers repeat what the colours say for print in black and white.
// Dashes are kept for meaning: solid for an estimate, dashed for a variant of the name before it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct PaletteEntry {
    const char *name;      // as data files have it: "gru", "lstm-memory"
    const char *label;     // as legends have it: "GRU", "LSTM (h, c)"
    const char *colour;    // "#0072B2"
    const char *faint;     // the same, mixed with white: single runs behind their mean
    int point;             // gnuplot's pointtype
    const char *dash;      // gnuplot's dashtype
} PaletteEntry;

extern const PaletteEntry palette[];
extern const size_t palette_count;

// Index into `palette`. A name that has no fixed place takes one of the free entries at the table's end, chosen by `rank` (its
// number among such names), so that a new cell has a colour of its own before anyone gives it one.
size_t palette_index(const char *name, size_t rank);
// Whether `name` has a fixed place.
bool palette_knows(const char *name);

// For values on both sides of a middle: two hues that everyone can tell apart, through white.
typedef struct PaletteDiverging {
    const char *low, *middle, *high;
} PaletteDiverging;
extern const PaletteDiverging palette_diverging;

// Colour of a verdict ("pass", "fail", everything else): blue, vermillion, grey. Letters beside them say the same.
const char *palette_verdict(const char *verdict);

// Defines gnuplot's line types 1..palette_count in the table's order, and DIVERGING_LOW, DIVERGING_MIDDLE, DIVERGING_HIGH.
void palette_write(FILE *script);
