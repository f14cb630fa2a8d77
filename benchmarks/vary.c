#include "benchmarks/vary.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

// ---- names ----------------------------------------------------------------------------------------------------------

const Axis *experiment_axis(const Experiment *experiment, const char *name) {
    for (size_t i = 0; i < experiment->axis_count; i++) {
        if (strcmp(experiment->axes[i].name, name) == 0) return &experiment->axes[i];
    }
    return NULL;
}

char *experiment_short_name(const Experiment *experiment, const char *name, Error *error) {
    const Axis *axis = experiment_axis(experiment, name);
    if (axis && axis->cases) return memory_format("%s", name);
    char *short_name = config_short_name(experiment->base, name, error);
    for (size_t i = 0; i < experiment->axis_count && !short_name; i++) {
        axis = &experiment->axes[i];
        if (!axis->cases || !error_nearest(name, (const char *const *)&axis->name, 1)) continue;
        error_set(
            error,
            "found unknown parameter '%.80s', accepted: a parameter that `engram list` shows, or the axis %s; nearest: %s",
            name, axis->name, axis->name);
    }
    return short_name;
}

// Whether any section has such a parameter: also one that would have to be named in full.
static bool is_parameter(const Config *config, const char *name) {
    char *full = config_resolve(config, name, NULL);
    bool known = full || strcmp(name, "name") == 0;
    free(full);
    for (size_t i = 0; i < config_section_count() && !known; i++) known = param_find(config_section_table(config, i), name);
    return known;
}

static bool check_name(const Sheet *sheet, const SheetNode *node, const char *role, bool dots, Error *error) {
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *name = sheet_text(node);
    if (*name && strlen(name) <= 40 && !name[strspn(name, allowed)] && (dots || !strchr(name, '.'))) return true;
    return sheet_refuse(sheet, node, error,
                        "%s: found '%.80s', accepted: at most 40 letters, digits,%s underscores and hyphens", role, name,
                        dots ? " dots," : "");
}

bool vary_names_cases(const Sheet *sheet, const SheetNode *vary, const char *name) {
    const SheetNode *axis = sheet_find(sheet, vary, name);
    return axis && sheet_is_mapping(axis);
}

// ---- an axis of a parameter -----------------------------------------------------------------------------------------

// Canonical text of one value, tried on a copy; NULL with a message.
static char *canonical(const Config *base, const char *name, const char *value, Error *error) {
    Config *config = config_copy(base);
    char text[PARAM_TEXT_SIZE];
    bool good = config_set(config, name, value, error) && config_get(config, name, text);
    config_destroy(config);
    return good ? memory_format("%s", text) : NULL;
}

static bool add_value(const Experiment *experiment, const Sheet *sheet, Axis *axis, const SheetNode *item, Error *error) {
    if (!sheet_text(item)) {
        return sheet_refuse(sheet, item, error, "%s: found %s, accepted: a single value", axis->name, sheet_kind(item));
    }
    char *value = canonical(experiment->base, axis->name, sheet_text(item), error);
    if (!value) return sheet_locate(sheet, item, error);
    axis->values[axis->count++] = value;
    for (size_t i = 0; i + 1 < axis->count; i++) {
        if (strcmp(axis->values[i], value) != 0) continue;
        return sheet_refuse(sheet, item, error, "found the same run twice: %s %s is listed before, accepted: each value once",
                            axis->name, value);
    }
    return true;
}

static bool read_values(Experiment *experiment, const Sheet *sheet, Axis *axis, const SheetNode *list, Error *error) {
    if (sheet_is_mapping(list)) {
        return sheet_refuse(sheet, list, error,
                            "found a mapping for the parameter %s, accepted: a list of its values, or named cases under a name "
                            "that no parameter has",
                            axis->name);
    }
    if (sheet_is_list(list) && sheet_count(list) == 0) {
        return sheet_refuse(sheet, list, error, "found an empty sweep: no values for %s, accepted: a list of at least one",
                            axis->name);
    }
    if (!sheet_check_list(sheet, list, "values", error)) return false;
    axis->values = memory_zeroed(sheet_count(list), sizeof *axis->values);
    for (size_t i = 0; i < sheet_count(list); i++) {
        if (!add_value(experiment, sheet, axis, sheet_item(sheet, list, i), error)) return false;
    }
    return true;
}

// ---- a parameter of a case that depends on another axis ---------------------------------------------------------------

// What the axis calls this value; NULL with a message where it can have no such value.
static char *axis_value(const Experiment *experiment, const Axis *axis, const char *text, Error *error) {
    if (!axis->cases) return canonical(experiment->base, axis->name, text, error);
    for (size_t i = 0; i < axis->count; i++) {
        if (strcmp(axis->values[i], text) == 0) return memory_format("%s", text);
    }
    error_unknown(error, "case", text, (const char *const *)axis->values, axis->count);
    return NULL;
}

static size_t index_of(const char *text, char *const *texts, size_t count) {
    size_t i = 0;
    while (i < count && strcmp(texts[i], text) != 0) i++;
    return i;
}

// The nearest axis before this one that has one of the keys; false: none has.
static bool find_axis(const Experiment *experiment, const Sheet *sheet, const SheetNode *mapping, size_t *found) {
    for (size_t a = experiment->axis_count - 1; a-- > 0;) {
        const Axis *axis = &experiment->axes[a];
        for (size_t i = 0; i < sheet_count(mapping); i++) {
            char *value = axis_value(experiment, axis, sheet_text(sheet_key(sheet, mapping, i)), NULL);
            bool has = value && index_of(value, axis->values, axis->count) < axis->count;
            free(value);
            *found = a;
            if (has) return true;
        }
    }
    return false;
}

// Every value of the axis must have its own; more keys may be there, for other scales of the same cases.
static bool check_keys(const Experiment *experiment, const Sheet *sheet, const SheetNode *mapping, const CaseSetting *setting,
                       Error *error) {
    const Axis *axis = &experiment->axes[setting->axis];
    for (size_t i = 0; i < axis->count; i++) {
        if (index_of(axis->values[i], setting->keys, setting->count) < setting->count) continue;
        return sheet_refuse(sheet, mapping, error, "found no %s for %s %s, accepted: one for each of its values", setting->name,
                            axis->name, axis->values[i]);
    }
    return true;
}

static bool add_keyed(const Experiment *experiment, const Sheet *sheet, const SheetNode *key, const SheetNode *value,
                      const Config *config, CaseSetting *setting, Error *error) {
    char *name = axis_value(experiment, &experiment->axes[setting->axis], sheet_text(key), error);
    if (!name) return sheet_locate(sheet, key, error);
    if (index_of(name, setting->keys, setting->count) < setting->count) {
        sheet_refuse(sheet, key, error, "found %s twice, accepted: each value once", name);
        free(name);
        return false;
    }
    setting->keys[setting->count] = name;
    setting->values[setting->count++] = NULL;
    if (!sheet_text(value)) {
        return sheet_refuse(sheet, value, error, "%s: found %s, accepted: a single value", setting->name, sheet_kind(value));
    }
    setting->values[setting->count - 1] = canonical(config, setting->name, sheet_text(value), error);
    return setting->values[setting->count - 1] || sheet_locate(sheet, value, error);
}

static bool read_keyed(const Experiment *experiment, const Sheet *sheet, const SheetNode *mapping, const Config *config,
                       CaseSetting *setting, Error *error) {
    if (!sheet_check_mapping(sheet, mapping, "value of another axis", NULL, error)) return false;
    if (setting->type || !find_axis(experiment, sheet, mapping, &setting->axis)) {
        return sheet_refuse(sheet, mapping, error, "%s: found a mapping, accepted: a single value%s", setting->name,
                            setting->type ? "" : ", or a mapping from the values of an axis before this one");
    }
    setting->keys = memory_zeroed(sheet_count(mapping) + 1, sizeof *setting->keys);
    setting->values = memory_zeroed(sheet_count(mapping) + 1, sizeof *setting->values);
    for (size_t i = 0; i < sheet_count(mapping); i++) {
        const SheetNode *key = sheet_key(sheet, mapping, i), *value = sheet_value(sheet, mapping, i);
        if (!add_keyed(experiment, sheet, key, value, config, setting, error)) return false;
    }
    return check_keys(experiment, sheet, mapping, setting, error);
}

// ---- an axis of named cases -----------------------------------------------------------------------------------------

static bool read_single(const Sheet *sheet, const SheetNode *value, Config *config, CaseSetting *setting, Error *error) {
    if (!sheet_text(value)) {
        return sheet_refuse(sheet, value, error,
                            "%s: found %s, accepted: a single value, or a mapping from the values of an axis before this one",
                            setting->name, sheet_kind(value));
    }
    char text[PARAM_TEXT_SIZE];
    if (!config_set(config, setting->name, sheet_text(value), error)) return sheet_locate(sheet, value, error);
    config_get(config, setting->name, text);
    setting->values = memory_zeroed(1, sizeof *setting->values);
    setting->values[setting->count++] = memory_format("%s", text);
    return true;
}

// One entry of a case in one of two passes; `config` has what the case has set before. Entries of the other pass are left alone.
static bool read_setting(const Experiment *experiment, const Sheet *sheet, const SheetNode *key, const SheetNode *value,
                         bool types, Config *config, AxisCase *bundle, Error *error) {
    char *full = config_resolve(config, sheet_text(key), types ? NULL : error);
    if (!full) return types || sheet_locate(sheet, key, error);
    bool type = !config_spec(config, full);
    if (type != types) {
        free(full);
        return true;
    }
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->settings[i].name, full) != 0) continue;
        sheet_refuse(sheet, key, error, "found %s twice, accepted: each parameter of a case once", full);
        free(full);
        return false;
    }
    CaseSetting *setting = &bundle->settings[bundle->count++];
    *setting = (CaseSetting){.name = full, .type = type, .where = sheet_where(sheet, key)};
    return sheet_is_mapping(value) ? read_keyed(experiment, sheet, value, config, setting, error)
                                   : read_single(sheet, value, config, setting, error);
}

static bool read_case(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, AxisCase *bundle, Error *error) {
    if (!sheet_check_mapping(sheet, node, "parameter", NULL, error)) return false;
    bundle->settings = memory_zeroed(sheet_count(node) + 1, sizeof *bundle->settings);
    Config *config = config_copy(experiment->base);
    bool good = true;
    for (int types = 1; types >= 0; types--) {    // a type brings its section's defaults with it: it comes first
        for (size_t i = 0; i < sheet_count(node) && good; i++) {
            const SheetNode *key = sheet_key(sheet, node, i), *value = sheet_value(sheet, node, i);
            good = read_setting(experiment, sheet, key, value, types, config, bundle, error);
        }
    }
    config_destroy(config);
    return good;
}

static bool read_cases(const Experiment *experiment, const Sheet *sheet, Axis *axis, const SheetNode *node, Error *error) {
    if (!sheet_check_mapping(sheet, node, "name of a case", NULL, error)) return false;
    if (sheet_count(node) == 0) {
        return sheet_refuse(sheet, node, error, "found an empty sweep: no cases of %s, accepted: a mapping of at least one",
                            axis->name);
    }
    axis->values = memory_zeroed(sheet_count(node), sizeof *axis->values);
    axis->cases = memory_zeroed(sheet_count(node), sizeof *axis->cases);
    for (size_t i = 0; i < sheet_count(node); i++) {
        const SheetNode *key = sheet_key(sheet, node, i);
        if (!check_name(sheet, key, "case", true, error)) return false;
        axis->values[axis->count++] = memory_format("%s", sheet_text(key));
        if (!read_case(experiment, sheet, sheet_value(sheet, node, i), &axis->cases[i], error)) return false;
    }
    return true;
}

// ---- all axes -------------------------------------------------------------------------------------------------------

static bool read_axis(Experiment *experiment, const Sheet *sheet, const SheetNode *key, const SheetNode *value, Error *error) {
    Axis *axis = &experiment->axes[experiment->axis_count];
    bool cases = sheet_is_mapping(value) && !is_parameter(experiment->base, sheet_text(key));
    if (cases && !check_name(sheet, key, "axis", false, error)) return false;
    axis->name = cases ? memory_format("%s", sheet_text(key)) : config_short_name(experiment->base, sheet_text(key), error);
    if (!axis->name) return sheet_locate(sheet, key, error);
    axis->where = sheet_where(sheet, key);
    experiment->axis_count++;
    for (size_t i = 0; i + 1 < experiment->axis_count; i++) {
        if (strcmp(experiment->axes[i].name, axis->name) != 0) continue;
        return sheet_refuse(sheet, key, error, "found %s varied twice, accepted: each parameter once", axis->name);
    }
    return cases ? read_cases(experiment, sheet, axis, value, error) : read_values(experiment, sheet, axis, value, error);
}

// A parameter that varies by itself would have two values in a run: that of its axis and that of the case.
static bool check_settings(const Experiment *experiment, const Axis *axis, Error *error) {
    for (size_t i = 0; i < (axis->cases ? axis->count : 0); i++) {
        for (size_t k = 0; k < axis->cases[i].count; k++) {
            const CaseSetting *setting = &axis->cases[i].settings[k];
            char *name = config_short_name(experiment->base, setting->name, NULL);
            bool varies = name && experiment_axis(experiment, name);
            free(name);
            if (!varies) continue;
            return error_set(error, "%s: found %s in a case, which varies by itself, accepted: one of the two", setting->where,
                             setting->name);
        }
    }
    return true;
}

bool vary_read(Experiment *experiment, const Sheet *sheet, const SheetNode *vary, Error *error) {
    if (!sheet_check_mapping(sheet, vary, "parameter", NULL, error)) return false;
    experiment->axes = memory_zeroed(sheet_count(vary), sizeof *experiment->axes);
    for (size_t i = 0; i < sheet_count(vary); i++) {
        if (!read_axis(experiment, sheet, sheet_key(sheet, vary, i), sheet_value(sheet, vary, i), error)) return false;
    }
    for (size_t i = 0; i < experiment->axis_count; i++) {
        if (!check_settings(experiment, &experiment->axes[i], error)) return false;
    }
    return true;
}

// ---- options of the command line ------------------------------------------------------------------------------------

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count && texts; i++) free(texts[i]);
    free(texts);
}

static void clear_setting(CaseSetting *setting) {
    free_texts(setting->values, setting->count);
    free_texts(setting->keys, setting->count);
    free(setting->name);
    free(setting->where);
}

static void clear_case(AxisCase *bundle) {
    for (size_t i = 0; i < bundle->count; i++) clear_setting(&bundle->settings[i]);
    free(bundle->settings);
}

void vary_clear(Axis *axis) {
    for (size_t i = 0; i < axis->count && axis->cases; i++) clear_case(&axis->cases[i]);
    free(axis->cases);
    free_texts(axis->values, axis->count);
    free(axis->name);
    free(axis->where);
}

static void fix_place(Axis *axis, const Setting *setting) {
    free(axis->where);
    axis->where = memory_format("%s", setting->where ? setting->where : "--set");
}

static void fix_value(Axis *axis, const Config *base, const Setting *setting) {
    char text[PARAM_TEXT_SIZE];
    config_get(base, axis->name, text);
    for (size_t k = 0; k < axis->count; k++) free(axis->values[k]);
    axis->count = 1;
    axis->values[0] = memory_format("%s", text);
    fix_place(axis, setting);
}

static bool fix_case(Axis *axis, const Setting *setting, Error *error) {
    size_t chosen = index_of(setting->value, axis->values, axis->count);
    if (chosen == axis->count) {
        error_unknown(error, "case", setting->value, (const char *const *)axis->values, axis->count);
        return setting_blame(setting, error);
    }
    for (size_t i = 0; i < axis->count; i++) {
        if (i == chosen) continue;
        free(axis->values[i]);
        clear_case(&axis->cases[i]);
    }
    axis->values[0] = axis->values[chosen];
    axis->cases[0] = axis->cases[chosen];
    axis->count = 1;
    fix_place(axis, setting);
    return true;
}

static void drop_setting(AxisCase *bundle, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < bundle->count; i++) {
        if (strcmp(bundle->settings[i].name, name) == 0) {
            clear_setting(&bundle->settings[i]);
        } else {
            bundle->settings[kept++] = bundle->settings[i];
        }
    }
    bundle->count = kept;
}

// The last setting of this axis, NULL: none is.
static const Setting *setting_of(const Experiment *experiment, const Axis *axis, const Setting *settings, size_t count) {
    for (size_t j = count; j-- > 0;) {
        char *name = experiment_short_name(experiment, settings[j].name, NULL);
        bool same = name && strcmp(name, axis->name) == 0;
        free(name);
        if (same) return &settings[j];
    }
    return NULL;
}

bool vary_fix(Experiment *experiment, const Setting *settings, size_t count, Error *error) {
    for (size_t i = 0; i < experiment->axis_count; i++) {
        Axis *axis = &experiment->axes[i];
        const Setting *setting = setting_of(experiment, axis, settings, count);
        if (setting && axis->cases && !fix_case(axis, setting, error)) return false;
        if (setting && !axis->cases) fix_value(axis, experiment->base, setting);
        for (size_t j = 0; j < count && axis->cases; j++) {
            char *full = config_resolve(experiment->base, settings[j].name, NULL);
            for (size_t k = 0; k < axis->count && full; k++) drop_setting(&axis->cases[k], full);
            free(full);
        }
    }
    return true;
}

// ---- one combination ------------------------------------------------------------------------------------------------

static bool apply_setting(const Experiment *experiment, const CaseSetting *setting, const char *const *values, Config *config,
                          Error *error) {
    size_t k = setting->keys ? index_of(values[setting->axis], setting->keys, setting->count) : 0;
    if (k == setting->count) {
        return error_set(error, "%s: found no %s for %s %s, accepted: one for each of its values", setting->where,
                         setting->name, experiment->axes[setting->axis].name, values[setting->axis]);
    }
    return config_set(config, setting->name, setting->values[k], error) || error_context(error, "%s: ", setting->where);
}

static bool apply_case(const Experiment *experiment, const Axis *axis, const char *const *values, bool types, Config *config,
                       Error *error) {
    size_t chosen = index_of(values[axis - experiment->axes], axis->values, axis->count);
    assert(chosen < axis->count);
    const AxisCase *bundle = &axis->cases[chosen];
    for (size_t i = 0; i < bundle->count; i++) {
        const CaseSetting *setting = &bundle->settings[i];
        if (setting->type == types && !apply_setting(experiment, setting, values, config, error)) return false;
    }
    return true;
}

bool vary_apply(const Experiment *experiment, const char *const *values, Config *config, Error *error) {
    for (int pass = 0; pass < 4; pass++) {    // types and then parameters, each time single ones and then those of cases
        bool types = pass < 2, cases = pass % 2;
        for (size_t i = 0; i < experiment->axis_count; i++) {
            const Axis *axis = &experiment->axes[i];
            if ((axis->cases != NULL) != cases) continue;
            if (cases && !apply_case(experiment, axis, values, types, config, error)) return false;
            if (cases || !config_spec(experiment->base, axis->name) != types) continue;
            if (!config_set(config, axis->name, values[i], error)) return error_context(error, "%s: ", axis->where);
        }
    }
    return true;
}

bool experiment_value(const Experiment *experiment, const SweepRun *run, const char *name, char text[PARAM_TEXT_SIZE]) {
    const Axis *axis = experiment_axis(experiment, name);
    if (!axis || !axis->cases) return config_get(run->config, name, text);
    snprintf(text, PARAM_TEXT_SIZE, "%s", run->values[axis - experiment->axes]);
    return true;
}

// ---- values of a parameter in the cases -------------------------------------------------------------------------------

static size_t collect(const AxisCase *bundle, const char *full, const char **values) {
    size_t count = 0;
    for (size_t i = 0; i < bundle->count; i++) {
        const CaseSetting *setting = &bundle->settings[i];
        if (strcmp(setting->name, full) != 0) continue;
        for (size_t k = 0; k < setting->count; k++, count++) {
            if (values) values[count] = setting->values[k];
        }
    }
    return count;
}

const char **vary_given(const Experiment *experiment, const char *name, size_t *count) {
    char *full = config_resolve(experiment->base, name, NULL);
    const char **values = NULL;
    for (int filling = 0; filling < 2; filling++) {
        *count = 0;
        for (size_t a = 0; a < experiment->axis_count && full; a++) {
            const Axis *axis = &experiment->axes[a];
            for (size_t i = 0; i < axis->count && axis->cases; i++)
                *count += collect(&axis->cases[i], full, values ? values + *count : NULL);
        }
        if (!filling) values = memory_zeroed(*count + 1, sizeof *values);
    }
    free(full);
    return values;
}

bool vary_sets(const Experiment *experiment, const Axis *axis, const char *name) {
    char *full = config_resolve(experiment->base, name, NULL);
    size_t count = 0;
    for (size_t i = 0; i < axis->count && axis->cases && full; i++) count += collect(&axis->cases[i], full, NULL);
    free(full);
    return count > 0;
}
