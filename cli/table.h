// A table for people (aligned columns), for programs (CSV with a header) and for scripts (JSON, a list of objects).
//
//     Table *table = table_create(2, (const char *const[]){"run", "digest"});
//     table_text(table, name);
//     table_text(table, digest);
//     table_print(table, options, stdout);
//     table_destroy(table);
#pragma once

#include <stdio.h>

#include "cli/cli.h"

typedef struct Table Table;

Table *table_create(size_t columns, const char *const *names);    // the names are copied
void table_destroy(Table *table);

// The next cell, row by row. A number is printed as `format` says ("%.3f") and is a number in JSON too; one that is
// not finite is left empty (null in JSON).
void table_text(Table *table, const char *text);
void table_number(Table *table, const char *format, double value);

size_t table_rows(const Table *table);    // complete ones
void table_print(const Table *table, const Options *options, FILE *out);
