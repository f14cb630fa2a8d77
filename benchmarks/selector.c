#include "benchmarks/selector.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/vary.h"
#include "core/arena.h"

void selector_clear(Selector *selector) {
    for (size_t i = 0; i < selector->count; i++) {
        SelectorTerm *term = &selector->terms[i];
        for (size_t k = 0; k < term->count; k++) free(term->values[k]);
        free(term->values);
        free(term->name);
    }
    free(selector->terms);
    *selector = (Selector){0};
}

bool selector_names(const Selector *selector, const char *name) {
    for (size_t i = 0; i < selector->count; i++) {
        if (strcmp(selector->terms[i].name, name) == 0) return true;
    }
    return false;
}

bool selector_divides(const Selector *selector, const Experiment *experiment, const Axis *axis) {
    bool divides = selector_names(selector, axis->name);
    for (size_t i = 0; i < selector->count && !divides; i++)
        divides = !selector->terms[i].cases && vary_sets(experiment, axis, selector->terms[i].name);
    return divides;
}

static bool has_value(const SelectorTerm *term, const char *value) {
    for (size_t i = 0; i < term->count; i++) {
        if (strcmp(term->values[i], value) == 0) return true;
    }
    return false;
}

bool selector_covers(const Selector *selector, const SweepRun *run) {
    char text[PARAM_TEXT_SIZE];
    for (size_t i = 0; i < selector->count; i++) {
        const SelectorTerm *term = &selector->terms[i];
        bool there = term->cases || config_get(run->config, term->name, text);
        if (!there || !has_value(term, term->cases ? run->values[term->axis] : text)) return false;
    }
    return true;
}

bool selector_meets(const Selector *selector, const SelectorTerm *term) {
    for (size_t i = 0; i < selector->count; i++) {
        if (strcmp(selector->terms[i].name, term->name) != 0) continue;
        bool meets = selector->terms[i].count == 0;
        for (size_t k = 0; k < term->count; k++) meets = meets || has_value(&selector->terms[i], term->values[k]);
        if (!meets) return false;
    }
    return true;
}

char *selector_text(const Selector *selector) {
    char *text = memory_format("%s", "");
    for (size_t i = 0; i < selector->count; i++) {
        const SelectorTerm *term = &selector->terms[i];
        for (size_t k = 0; k < term->count; k++) {
            char *longer = k == 0 ? memory_format("%s%s%s = %s", text, i ? ", " : "", term->name, term->values[k])
                                  : memory_format("%s or %s", text, term->values[k]);
            free(text);
            text = longer;
        }
    }
    return text;
}

// ---- reading ---------------------------------------------------------------------------------------------------------------

// What the parameter is in the runs of this sweep: the values of its axis, or those that cases give it and the one of all other runs. The
// array ends with NULL and is the caller's; the texts are not; `own` is room for one of them.
static const char **sweep_values(const Experiment *experiment, const char *name, char own[PARAM_TEXT_SIZE]) {
    const Axis *axis = experiment_axis(experiment, name);
    size_t count = 0;
    const char **given = axis ? NULL : vary_given(experiment, name, &count);
    const char **values = memory_zeroed((axis ? axis->count : count) + 2, sizeof *values);
    for (size_t i = 0; axis && i < axis->count; i++) values[i] = axis->values[i];
    for (size_t i = 0; i < count; i++) values[i] = given[i];
    if (!axis && config_get(experiment->base, name, own)) values[count] = own;
    free(given);
    return values;
}

static bool is_in_sweep(const Experiment *experiment, const char *name, const char *value) {
    char own[PARAM_TEXT_SIZE];
    const char **values = sweep_values(experiment, name, own);
    size_t i = 0;
    while (values[i] && strcmp(values[i], value) != 0) i++;
    bool known = values[i] != NULL;
    free(values);
    return known;
}

static bool refuse_value(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, const char *name,
                         const char *value, Error *error) {
    char own[PARAM_TEXT_SIZE];
    const char **values = sweep_values(experiment, name, own);
    if (!experiment_axis(experiment, name) && !values[1]) {
        sheet_refuse(sheet, node, error, "%s: found %s, accepted: %s, which all runs of this sweep have", name, value, own);
    } else {
        char *role = memory_format("value of %s, which no run of this sweep has:", name);
        sheet_refuse_name(sheet, node, role, values, error);
        free(role);
    }
    free(values);
    return false;
}

// A value in the form that the configuration writes it; NULL with a message.
static char *canonical_value(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, const char *name,
                             Error *error) {
    if (!sheet_text(node)) {
        sheet_refuse(sheet, node, error, "%s: found %s, accepted: a single value, or a list of them", name, sheet_kind(node));
        return NULL;
    }
    const Axis *axis = experiment_axis(experiment, name);
    if (axis && axis->cases) return memory_format("%s", sheet_text(node));
    Config *config = config_copy(experiment->base);
    char text[PARAM_TEXT_SIZE];
    bool good = (config_set(config, name, sheet_text(node), error) || sheet_locate(sheet, node, error)) &&
                config_get(config, name, text);
    config_destroy(config);
    return good ? memory_format("%s", text) : NULL;
}

static bool read_term(const Experiment *experiment, const Sheet *sheet, const SheetNode *key, const SheetNode *value,
                      SelectorTerm *term, bool *absent, Error *error) {
    term->name = experiment_short_name(experiment, sheet_text(key), error);
    if (!term->name) return sheet_locate(sheet, key, error);
    bool list = sheet_is_list(value);
    if (list && !sheet_check_list(sheet, value, "values", error)) return false;
    size_t room = list ? sheet_count(value) : 1;
    term->values = memory_zeroed(room, sizeof *term->values);
    const Axis *axis = experiment_axis(experiment, term->name);
    term->cases = axis && axis->cases;
    term->axis = axis ? (size_t)(axis - experiment->axes) : 0;
    bool fixed = *absent || (axis ? strncmp(axis->where, "--", 2) == 0 : experiment->overridden);
    for (size_t i = 0; i < room; i++) {
        const SheetNode *item = list ? sheet_item(sheet, value, i) : value;
        char *text = canonical_value(experiment, sheet, item, term->name, error);
        if (!text) return false;
        bool known = is_in_sweep(experiment, term->name, text);
        if (known) term->values[term->count++] = text;
        if (known) continue;
        if (!fixed) refuse_value(experiment, sheet, item, term->name, text, error);
        free(text);
        if (!fixed) return false;
    }
    *absent = *absent || term->count == 0;
    return true;
}

bool selector_read(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, Selector *selector, bool *absent,
                   Error *error) {
    if (!sheet_check_mapping(sheet, node, "parameter", NULL, error)) return false;
    selector->terms = memory_zeroed(sheet_count(node) + 1, sizeof *selector->terms);
    for (size_t i = 0; i < sheet_count(node); i++) {
        SelectorTerm *term = &selector->terms[selector->count++];
        if (!read_term(experiment, sheet, sheet_key(sheet, node, i), sheet_value(sheet, node, i), term, absent, error))
            return false;
    }
    return true;
}
