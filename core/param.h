// Typed parameter tables. Every environment, agent, cell and estimator describes its parameters in one table over a plain
// struct: loader, `--set`, `engram list` and the run key all read the same rows.
//
//     typedef struct TMazeParams { int length; double stochasticity; } TMazeParams;
//     static const ParamSpec rows[] = {
//         {"length", PARAM_INT, offsetof(TMazeParams, length), "20", 1, 10000, NULL, "corridor length L"}, ...
//     };
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/error.h"

typedef enum ParamType {
    PARAM_INT,       // int
    PARAM_REAL,      // double
    PARAM_BOOL,      // bool; true|false
    PARAM_CHOICE,    // int, the index into `choices`
} ParamType;

typedef struct ParamSpec {
    const char *name;
    ParamType type;
    size_t offset;
    const char *default_text;      // in the syntax that param_set accepts
    double low, high;              // inclusive; ignored for PARAM_BOOL and PARAM_CHOICE
    const char *const *choices;    // NULL-terminated, PARAM_CHOICE only
    const char *help;              // one line, with the unit and the symbol of the paper
} ParamSpec;

typedef struct ParamTable {
    const char *owner;    // "environment tmaze": messages name it
    const ParamSpec *rows;
    size_t count, struct_size;
} ParamTable;

enum { PARAM_TEXT_SIZE = 64 };

void param_defaults(const ParamTable *table, void *params);

// Sets one parameter from text. Unknown names (with the nearest one), wrong types, trailing characters, non-finite numbers
// and values out of range are errors that say what would be accepted.
bool param_set(const ParamTable *table, void *params, const char *name, const char *text, Error *error);

const ParamSpec *param_find(const ParamTable *table, const char *name);

// Canonical text of a value: param_set reads it back to the same bits (reals with up to 17 digits, the fewest that do).
void param_text(const ParamSpec *spec, const void *params, char text[PARAM_TEXT_SIZE]);

// "integer, 1 to 10000", "real, 0 to 1", "true or false", "one of: a, b, c".
void param_accepts(const ParamSpec *spec, char *text, size_t size);
