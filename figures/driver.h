// The figure driver: tidy tables in, a folder with data and pictures out. It knows nothing of what is drawn; the committed script
// figures/<script>.gp does, from the tables and variables that it is given.
//
//     FigureTable *curves = figure_table_create("curves", 3, (const char *const[]){"cell", "episode", "mean"});
//     figure_table_text(curves, "gru"), figure_table_number(curves, 25), figure_table_number(curves, 1.5);
//     Figure *figure = figure_create("figures", "belief", caption, 6.75, 5.2);
//     figure_number(figure, "OPTIMUM", 3.268);
//     figure_add_table(figure, curves);
//     bool done = figure_render(figure, "results/figures/belief/tmaze-ci", &error);
//
// The folder holds <table>.csv (9 significant digits), figure.gp (sets the variables and loads the script), the script and common.gp as
// they were, figure.pdf, figure.svg and figure.png: `cd` there and `gnuplot figure.gp` draws it again. The SVG depends on nothing but
// data, script and gnuplot's version; a PDF contains its date.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

typedef struct FigureTable FigureTable;

FigureTable *figure_table_create(const char *name, size_t columns, const char *const *names);
void figure_table_destroy(FigureTable *table);
// The next cell, row by row. A number that is not finite is written as NaN, which breaks a line.
void figure_table_text(FigureTable *table, const char *text);
void figure_table_number(FigureTable *table, double value);
// After a whole row: an empty line, at which gnuplot ends a line or a filled area. Readers of CSV pass over it.
void figure_table_break(FigureTable *table);

typedef struct Figure Figure;

// `scripts` is the folder of the committed scripts, `script` a name in it, without ".gp". `caption` goes to the figure's foot, broken
// into lines; width and height in inches, before the caption's lines add to the height. The script sees WIDTH, HEIGHT, CAPTION,
// CAPTION_LINES, and POINT, the factor that makes markers of one size in all formats.
Figure *figure_create(const char *scripts, const char *script, const char *caption, double width, double height);
void figure_destroy(Figure *figure);    // with its tables

// gnuplot variables for the script: a number, a string, an array of strings or numbers (NAME[1] ..; its length as NAME_COUNT is the
// caller's).
void figure_number(Figure *figure, const char *name, double value);
void figure_string(Figure *figure, const char *name, const char *value);
void figure_strings(Figure *figure, const char *name, size_t count, const char *const *values);
void figure_numbers(Figure *figure, const char *name, size_t count, const double *values);
// Line types of the palette by number (palette_index + 1).
void figure_integers(Figure *figure, const char *name, size_t count, const int *values);
void figure_add_table(Figure *figure, FigureTable *table);    // takes ownership
// Another file of the folder, such as "table.tex", with the whole of its text, which it takes over. `name` is copied.
void figure_add_text(Figure *figure, const char *name, char *text);

// Writes everything into a folder aside and exchanges it with `folder` in one step, so that an earlier figure is replaced as a whole
// or not at all. When gnuplot is missing or fails, the message has what it said; the data and figure.gp stay in `folder`, or in
// `folder`-undrawn when `folder` already holds a figure, which is left as it was (the next success removes it).
bool figure_render(const Figure *figure, const char *folder, Error *error);
