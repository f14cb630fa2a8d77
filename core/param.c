#include "core/param.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// Text that grows within a fixed buffer: what does not fit is cut off.
static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *format, ...) {
    size_t used = strnlen(text, size);
    if (used + 1 >= size) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

// ---- what a row accepts ---------------------------------------------------------------------------------------------

static size_t choice_count(const ParamSpec *spec) {
    size_t count = 0;
    while (spec->choices[count]) count++;
    return count;
}

// The fewest digits that strtod reads back to the same bits; whole numbers without an exponent while they are exact.
static void real_text(double value, char text[PARAM_TEXT_SIZE]) {
    if (fabs(value) < 1e15 && nearbyint(value) == value) {
        snprintf(text, PARAM_TEXT_SIZE, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, PARAM_TEXT_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

static void accepts_number(const ParamSpec *spec, char *text, size_t size) {
    bool whole = spec->type == PARAM_INT;
    bool below = whole ? spec->low > INT_MIN : isfinite(spec->low);
    bool above = whole ? spec->high < INT_MAX : isfinite(spec->high);
    char low[PARAM_TEXT_SIZE], high[PARAM_TEXT_SIZE];
    real_text(spec->low, low);
    real_text(spec->high, high);
    append(text, size, "%s", whole ? "integer" : "real");
    if (below && above) {
        append(text, size, ", %s to %s", low, high);
    } else if (below) {
        append(text, size, ", at least %s", low);
    } else if (above) {
        append(text, size, ", at most %s", high);
    }
}

void param_accepts(const ParamSpec *spec, char *text, size_t size) {
    assert(size > 0);
    text[0] = '\0';
    switch (spec->type) {
    case PARAM_INT:
    case PARAM_REAL: accepts_number(spec, text, size); break;
    case PARAM_BOOL: append(text, size, "true or false"); break;
    case PARAM_CHOICE:
        append(text, size, "one of: ");
        for (size_t i = 0; spec->choices[i]; i++) append(text, size, "%s%s", i ? ", " : "", spec->choices[i]);
        break;
    }
}

// ---- text to value --------------------------------------------------------------------------------------------------

// strtol and strtod are laxer than a parameter should be (blanks, "inf", hexadecimal): only these characters are let
// through.
static bool numeric(const char *text, const char *characters) {
    return *text && text[strspn(text, characters)] == '\0';
}

static bool parse_int(const ParamSpec *spec, const char *text, int *value) {
    if (!numeric(text, "+-0123456789")) return false;
    char *end = NULL;
    errno = 0;
    long parsed = strtol(text, &end, 10);
    if (*end || errno || parsed < INT_MIN || parsed > INT_MAX) return false;
    if ((double)parsed < spec->low || (double)parsed > spec->high) return false;
    *value = (int)parsed;
    return true;
}

static bool parse_real(const ParamSpec *spec, const char *text, double *value) {
    if (!numeric(text, "+-.0123456789eE")) return false;
    char *end = NULL;
    double parsed = strtod(text, &end);
    if (*end || end == text || !isfinite(parsed) || parsed < spec->low || parsed > spec->high) return false;
    *value = parsed + 0.0;    // -0 becomes 0: one value, one text, one run key
    return true;
}

static bool parse_bool(const char *text, bool *value) {
    bool truth = strcmp(text, "true") == 0;
    if (!truth && strcmp(text, "false") != 0) return false;
    *value = truth;
    return true;
}

static bool parse_choice(const ParamSpec *spec, const char *text, int *value) {
    for (int i = 0; spec->choices[i]; i++) {
        if (strcmp(spec->choices[i], text) != 0) continue;
        *value = i;
        return true;
    }
    return false;
}

// A refused text leaves the field as it was.
static bool parse_into(const ParamSpec *spec, const char *text, void *field) {
    switch (spec->type) {
    case PARAM_INT: return parse_int(spec, text, field);
    case PARAM_REAL: return parse_real(spec, text, field);
    case PARAM_BOOL: return parse_bool(text, field);
    case PARAM_CHOICE: return parse_choice(spec, text, field);
    }
    assert(false);
    return false;
}

static bool refuse_value(const ParamTable *table, const ParamSpec *spec, const char *text, Error *error) {
    char accepted[512];
    param_accepts(spec, accepted, sizeof accepted);
    const char *nearest = spec->type == PARAM_CHOICE ? error_nearest(text, spec->choices, choice_count(spec)) : NULL;
    return error_set(error, "%s: %s: found '%.80s', accepted: %s%s%s", table->owner, spec->name, text, accepted,
                     nearest ? "; nearest: " : "", nearest ? nearest : "");
}

static bool refuse_name(const ParamTable *table, const char *name, Error *error) {
    char accepted[512] = "";
    for (size_t i = 0; i < table->count; i++) append(accepted, sizeof accepted, "%s%s", i ? ", " : "", table->rows[i].name);
    const char **names = memory_zeroed(table->count, sizeof *names);
    for (size_t i = 0; i < table->count; i++) names[i] = table->rows[i].name;
    const char *nearest = error_nearest(name, names, table->count);
    free(names);
    return error_set(error, "%s: found unknown parameter '%.80s', accepted: %s%s%s", table->owner, name,
                     table->count ? accepted : "none (it has no parameters)", nearest ? "; nearest: " : "",
                     nearest ? nearest : "");
}

bool param_set(const ParamTable *table, void *params, const char *name, const char *text, Error *error) {
    const ParamSpec *spec = param_find(table, name);
    if (!spec) return refuse_name(table, name, error);
    if (!parse_into(spec, text, (unsigned char *)params + spec->offset)) return refuse_value(table, spec, text, error);
    return true;
}

void param_defaults(const ParamTable *table, void *params) {
    memset(params, 0, table->struct_size);
    for (size_t i = 0; i < table->count; i++) {
        Error error;
        bool good = param_set(table, params, table->rows[i].name, table->rows[i].default_text, &error);
        if (!good) fprintf(stderr, "engram: the default of a parameter is not acceptable: %s\n", error.message);
        assert(good);
    }
}

// ---- value to text --------------------------------------------------------------------------------------------------

const ParamSpec *param_find(const ParamTable *table, const char *name) {
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0) return &table->rows[i];
    }
    return NULL;
}

void param_text(const ParamSpec *spec, const void *params, char text[PARAM_TEXT_SIZE]) {
    const unsigned char *field = (const unsigned char *)params + spec->offset;
    switch (spec->type) {
    case PARAM_INT: snprintf(text, PARAM_TEXT_SIZE, "%d", *(const int *)(const void *)field); return;
    case PARAM_REAL: real_text(*(const double *)(const void *)field, text); return;
    case PARAM_BOOL: snprintf(text, PARAM_TEXT_SIZE, "%s", *(const bool *)field ? "true" : "false"); return;
    case PARAM_CHOICE: {
        int choice = *(const int *)(const void *)field;
        assert(choice >= 0 && (size_t)choice < choice_count(spec));
        snprintf(text, PARAM_TEXT_SIZE, "%s", spec->choices[choice]);
        return;
    }
    }
    assert(false);
}
