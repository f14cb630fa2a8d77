// CSV tables with a header line (RFC 4180, parsed by libcsv). A table is read whole and checked once: every row has
// as many cells as the header, names are unique, the syntax holds. So that a message can say file:line, every row
// knows its line.
//
//     CsvTable *table = csv_read("curves.csv", &error);
//     int column;
//     if (!table || !csv_require(table, "return", &column, &error)) ...
//     for (size_t row = 0; row < csv_rows(table); row++) {
//         if (!csv_number(table, row, column, &value, &error)) ...
//     }
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/error.h"

typedef struct CsvTable CsvTable;

// Reads the whole file; "-" is standard input. Blank lines are skipped, spaces around unquoted cells too, a
// byte-order mark at the start as well. NULL with "file:line: what" when the file cannot be read, has no header or is
// malformed. A header without rows is an empty table, not an error.
CsvTable *csv_read(const char *path, Error *error);
void csv_destroy(CsvTable *table);

size_t csv_rows(const CsvTable *table);    // without the header
int csv_columns(const CsvTable *table);
const char *csv_path(const CsvTable *table);    // as messages name it
const char *csv_name(const CsvTable *table, int column);

int csv_column(const CsvTable *table, const char *name);    // -1 when there is none
// As csv_column, but a missing column is an error that names the nearest one.
bool csv_require(const CsvTable *table, const char *name, int *column, Error *error);

size_t csv_line(const CsvTable *table, size_t row);    // of the row's first character, counted from 1
// The cell's text: it lives as long as the table.
const char *csv_text(const CsvTable *table, size_t row, int column);
// The cell as a finite decimal number, or as a whole number within low..high (inclusive; "1.0" is one, "0.5" is not).
bool csv_number(const CsvTable *table, size_t row, int column, double *out, Error *error);
bool csv_integer(const CsvTable *table, size_t row, int column, long low, long high, long *out, Error *error);

// Writes one cell, quoted where it must be (comma, quote, line break, spaces at an end). Commas and newlines are the
// caller's.
void csv_write_text(FILE *file, const char *text);
