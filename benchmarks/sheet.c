#include "benchmarks/sheet.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/param.h"

struct Sheet {
    char *path;
    yaml_document_t document;
};

enum { SHEET_BYTES_MAX = 1 << 20, SHEET_DEPTH_MAX = 100 };

// ---- reading --------------------------------------------------------------------------------------------------------

// The whole file, owned by the caller; NULL with a message.
static unsigned char *read_file(const char *path, size_t *length, Error *error) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        error_set(error, "%s: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    unsigned char *bytes = memory_alloc(SHEET_BYTES_MAX + 1);
    errno = 0;
    *length = fread(bytes, 1, SHEET_BYTES_MAX + 1, file);
    bool good = !ferror(file);
    if (!good) error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    fclose(file);
    if (good && *length > SHEET_BYTES_MAX) {
        good = error_set(error, "%s: found more than %d bytes, accepted: an experiment file of at most that", path,
                         SHEET_BYTES_MAX);
    }
    if (good) return bytes;
    free(bytes);
    return NULL;
}

// libyaml knows the line of a grammar mistake, but of an unreadable character only the byte: its line is counted here.
static bool refuse_syntax(const yaml_parser_t *parser, const char *path, const unsigned char *bytes, size_t length,
                          Error *error) {
    if (parser->error != YAML_READER_ERROR) {
        return error_set(error, "%s:%zu:%zu: found a YAML syntax error: %s%s%s, accepted: YAML mappings, lists and scalars",
                         path, parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                         parser->problem ? parser->problem : "out of memory", parser->context ? " " : "",
                         parser->context ? parser->context : "");
    }
    size_t end = parser->problem_offset < length ? parser->problem_offset : length, line = 1, column = 1;
    for (size_t i = 0; i < end; i++) {
        column = bytes[i] == '\n' ? 1 : column + 1;
        if (bytes[i] == '\n') line++;
    }
    return error_set(error, "%s:%zu:%zu: found a byte that is no text: %s, accepted: UTF-8", path, line, column,
                     parser->problem);
}

static bool refuse_at(const char *path, yaml_mark_t mark, Error *error, const char *message) {
    return error_set(error, "%s:%zu:%zu: %s", path, mark.line + 1, mark.column + 1, message);
}

// Tags and zero bytes would silently change what a scalar means.
static bool check_nodes(const char *path, const yaml_document_t *document, Error *error) {
    for (const yaml_node_t *node = document->nodes.start; node != document->nodes.top; node++) {
        const char *plain = node->type == YAML_SCALAR_NODE     ? YAML_DEFAULT_SCALAR_TAG
                            : node->type == YAML_SEQUENCE_NODE ? YAML_DEFAULT_SEQUENCE_TAG
                                                               : YAML_DEFAULT_MAPPING_TAG;
        if (node->tag && strcmp((const char *)node->tag, plain) != 0) {
            return refuse_at(path, node->start_mark, error, "found a tag, accepted: values without tags");
        }
        if (node->type == YAML_SCALAR_NODE && memchr(node->data.scalar.value, '\0', node->data.scalar.length)) {
            return refuse_at(path, node->start_mark, error, "found a zero byte, accepted: text");
        }
    }
    return true;
}

// libyaml's time grows with the square of the depth of brackets: a file of nothing but brackets would seem to hang.
static bool check_depth(const char *path, const unsigned char *bytes, size_t length, Error *error) {
    size_t line = 1, column = 1;
    int depth = 0;
    for (size_t i = 0; i < length; i++, column++) {
        if (bytes[i] == '[' || bytes[i] == '{') depth++;
        if ((bytes[i] == ']' || bytes[i] == '}') && depth > 0) depth--;
        if (depth > SHEET_DEPTH_MAX) {
            return error_set(error, "%s:%zu:%zu: found more than %d open brackets, accepted: at most that many", path, line,
                             column, SHEET_DEPTH_MAX);
        }
        if (bytes[i] == '\n') line++, column = 0;
    }
    return true;
}

// One document, and after it the end of the stream.
static bool load_document(Sheet *sheet, yaml_parser_t *parser, const unsigned char *bytes, size_t length, Error *error) {
    yaml_parser_set_input_string(parser, bytes, length);
    if (!yaml_parser_load(parser, &sheet->document)) return refuse_syntax(parser, sheet->path, bytes, length, error);
    yaml_document_t next;
    bool good = yaml_document_get_root_node(&sheet->document) != NULL;
    if (!good) {
        error_set(error, "%s:1:1: found an empty file, accepted: an experiment, a mapping that begins with title", sheet->path);
    } else if (!yaml_parser_load(parser, &next)) {
        good = refuse_syntax(parser, sheet->path, bytes, length, error);
    } else {
        const yaml_node_t *root = yaml_document_get_root_node(&next);
        if (root) good = refuse_at(sheet->path, root->start_mark, error, "found a second document, accepted: one document");
        yaml_document_delete(&next);
    }
    good = good && check_nodes(sheet->path, &sheet->document, error);
    if (!good) yaml_document_delete(&sheet->document);
    return good;
}

Sheet *sheet_open(const char *path, Error *error) {
    size_t length = 0;
    unsigned char *bytes = read_file(path, &length, error);
    if (!bytes || !check_depth(path, bytes, length, error)) {
        free(bytes);
        return NULL;
    }
    yaml_parser_t parser;
    int ready = yaml_parser_initialize(&parser);
    assert(ready);
    (void)ready;
    Sheet *sheet = memory_zeroed(1, sizeof *sheet);
    sheet->path = memory_format("%s", path);
    bool good = load_document(sheet, &parser, bytes, length, error);
    yaml_parser_delete(&parser);
    free(bytes);
    if (good) return sheet;
    free(sheet->path);
    free(sheet);
    return NULL;
}

void sheet_close(Sheet *sheet) {
    if (!sheet) return;
    yaml_document_delete(&sheet->document);
    free(sheet->path);
    free(sheet);
}

// ---- nodes ----------------------------------------------------------------------------------------------------------

// libyaml's accessors do not write, but take the document without const.
static yaml_document_t *document_of(const Sheet *sheet) {
    return (yaml_document_t *)&sheet->document;
}

SheetNode *sheet_root(const Sheet *sheet) {
    return yaml_document_get_root_node(document_of(sheet));
}

const char *sheet_text(const SheetNode *node) {
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

const char *sheet_kind(const SheetNode *node) {
    if (node->type == YAML_SEQUENCE_NODE) return "a list";
    if (node->type == YAML_MAPPING_NODE) return "a mapping";
    return node->data.scalar.length ? "a single value" : "nothing";
}

bool sheet_is_mapping(const SheetNode *node) {
    return node->type == YAML_MAPPING_NODE;
}
bool sheet_is_list(const SheetNode *node) {
    return node->type == YAML_SEQUENCE_NODE;
}

size_t sheet_count(const SheetNode *node) {
    if (sheet_is_mapping(node)) return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    return sheet_is_list(node) ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 0;
}

static SheetNode *node_at(const Sheet *sheet, int index) {
    SheetNode *node = yaml_document_get_node(document_of(sheet), index);
    assert(node);
    return node;
}

SheetNode *sheet_key(const Sheet *sheet, const SheetNode *mapping, size_t index) {
    assert(sheet_is_mapping(mapping) && index < sheet_count(mapping));
    return node_at(sheet, mapping->data.mapping.pairs.start[index].key);
}

SheetNode *sheet_value(const Sheet *sheet, const SheetNode *mapping, size_t index) {
    assert(sheet_is_mapping(mapping) && index < sheet_count(mapping));
    return node_at(sheet, mapping->data.mapping.pairs.start[index].value);
}

SheetNode *sheet_item(const Sheet *sheet, const SheetNode *list, size_t index) {
    assert(sheet_is_list(list) && index < sheet_count(list));
    return node_at(sheet, list->data.sequence.items.start[index]);
}

SheetNode *sheet_find(const Sheet *sheet, const SheetNode *mapping, const char *key) {
    if (!mapping || !sheet_is_mapping(mapping)) return NULL;
    for (size_t i = 0; i < sheet_count(mapping); i++) {
        const char *text = sheet_text(sheet_key(sheet, mapping, i));
        if (text && strcmp(text, key) == 0) return sheet_value(sheet, mapping, i);
    }
    return NULL;
}

// ---- refusals -------------------------------------------------------------------------------------------------------

char *sheet_where(const Sheet *sheet, const SheetNode *node) {
    return memory_format("%s:%zu:%zu", sheet->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

bool sheet_locate(const Sheet *sheet, const SheetNode *node, Error *error) {
    return error_context(error, "%s:%zu:%zu: ", sheet->path, node->start_mark.line + 1, node->start_mark.column + 1);
}

bool sheet_refuse(const Sheet *sheet, const SheetNode *node, Error *error, const char *format, ...) {
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    error_set(error, "%s", message);
    return sheet_locate(sheet, node, error);
}

bool sheet_refuse_name(const Sheet *sheet, const SheetNode *node, const char *role, const char *const *names, Error *error) {
    char accepted[512] = "";
    size_t used = 0, count = 0;
    for (; names[count]; count++) {
        int written = snprintf(accepted + used, sizeof accepted - used, "%s%s", count ? ", " : "", names[count]);
        used = used + (size_t)written < sizeof accepted ? used + (size_t)written : sizeof accepted - 1;
    }
    const char *text = sheet_text(node), *nearest = text ? error_nearest(text, names, count) : NULL;
    if (!text) return sheet_refuse(sheet, node, error, "found %s as %s, accepted: %s", sheet_kind(node), role, accepted);
    return sheet_refuse(sheet, node, error, "found unknown %s '%.80s', accepted: %s%s%s", role, text, accepted,
                        nearest ? "; nearest: " : "", nearest ? nearest : "");
}

static bool contains(const char *const *names, const char *name) {
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) return true;
    }
    return false;
}

bool sheet_check_mapping(const Sheet *sheet, const SheetNode *node, const char *role, const char *const *names, Error *error) {
    if (!sheet_is_mapping(node)) {
        return sheet_refuse(sheet, node, error, "found %s, accepted: a mapping, every key a %s", sheet_kind(node), role);
    }
    if (sheet_count(node) > SHEET_ENTRIES_MAX) {
        return sheet_refuse(sheet, node, error, "found %zu entries, accepted: at most %d", sheet_count(node),
                            SHEET_ENTRIES_MAX);
    }
    for (size_t i = 0; i < sheet_count(node); i++) {
        const SheetNode *key = sheet_key(sheet, node, i);
        const char *text = sheet_text(key);
        if (!text) return sheet_refuse(sheet, key, error, "found %s as a key, accepted: a %s", sheet_kind(key), role);
        if (names && !contains(names, text)) return sheet_refuse_name(sheet, key, role, names, error);
        for (size_t j = 0; j < i; j++) {
            const SheetNode *earlier = sheet_key(sheet, node, j);
            if (strcmp(sheet_text(earlier), text) != 0) continue;
            return sheet_refuse(sheet, key, error, "found '%.80s' twice (first in line %zu), accepted: each %s once", text,
                                earlier->start_mark.line + 1, role);
        }
    }
    return true;
}

bool sheet_check_list(const Sheet *sheet, const SheetNode *node, const char *role, Error *error) {
    size_t count = sheet_count(node);
    if (!sheet_is_list(node))
        return sheet_refuse(sheet, node, error, "found %s, accepted: a list of %s", sheet_kind(node), role);
    if (count > 0 && count <= SHEET_ENTRIES_MAX) return true;
    return sheet_refuse(sheet, node, error, "found a list of %zu, accepted: 1 to %d %s", count, SHEET_ENTRIES_MAX, role);
}

// ---- typed entries --------------------------------------------------------------------------------------------------

bool sheet_require(const Sheet *sheet, const SheetNode *mapping, const char *key, const char *accepts, Error *error) {
    if (sheet_find(sheet, mapping, key)) return true;
    return sheet_refuse(sheet, mapping, error, "found no '%s', accepted: '%s: %s' here", key, key, accepts);
}

static bool refuse_entry(const Sheet *sheet, const SheetNode *node, const char *key, const char *accepts, Error *error) {
    const char *text = sheet_text(node);
    if (!text || !*text) return sheet_refuse(sheet, node, error, "%s: found %s, accepted: %s", key, sheet_kind(node), accepts);
    return sheet_refuse(sheet, node, error, "%s: found '%.80s', accepted: %s", key, text, accepts);
}

bool sheet_get_text(const Sheet *sheet, const SheetNode *mapping, const char *key, bool required, char **value, Error *error) {
    if (required && !sheet_require(sheet, mapping, key, "text", error)) return false;
    const SheetNode *node = sheet_find(sheet, mapping, key);
    if (!node) return true;
    const char *text = sheet_text(node);
    if (!text || !*text) return refuse_entry(sheet, node, key, "text", error);
    *value = memory_format("%s", text);
    return true;
}

bool sheet_get_choice(const Sheet *sheet, const SheetNode *mapping, const char *key, bool required, const char *const *names,
                      char **value, Error *error) {
    if (required && !sheet_require(sheet, mapping, key, names[0], error)) return false;
    const SheetNode *node = sheet_find(sheet, mapping, key);
    if (!node) return true;
    const char *text = sheet_text(node);
    if (!text || !contains(names, text)) return sheet_refuse_name(sheet, node, key, names, error);
    *value = memory_format("%s", text);
    return true;
}

// A number is read by the one reader of numbers: a parameter of its own.
static bool get_number(const Sheet *sheet, const SheetNode *mapping, const ParamSpec *spec, void *value, Error *error) {
    const SheetNode *node = sheet_find(sheet, mapping, spec->name);
    if (!node) return true;
    const ParamTable table = {"value", spec, 1, 0};
    const char *text = sheet_text(node);
    if (text && param_set(&table, value, spec->name, text, NULL)) return true;
    char accepted[128];
    param_accepts(spec, accepted, sizeof accepted);
    return refuse_entry(sheet, node, spec->name, accepted, error);
}

bool sheet_get_real(const Sheet *sheet, const SheetNode *mapping, const char *key, double low, double high, double *value,
                    Error *error) {
    const ParamSpec spec = {.name = key, .type = PARAM_REAL, .low = low, .high = high};
    return get_number(sheet, mapping, &spec, value, error);
}

bool sheet_get_bool(const Sheet *sheet, const SheetNode *mapping, const char *key, bool *value, Error *error) {
    const ParamSpec spec = {.name = key, .type = PARAM_BOOL};
    return get_number(sheet, mapping, &spec, value, error);
}

bool sheet_get_integer(const Sheet *sheet, const SheetNode *mapping, const char *key, int64_t low, int64_t high, int64_t *value,
                       Error *error) {
    assert(low >= INT_MIN && high <= INT_MAX);
    const ParamSpec spec = {.name = key, .type = PARAM_INT, .low = (double)low, .high = (double)high};
    int whole = 0;
    if (!sheet_find(sheet, mapping, key)) return true;
    if (!get_number(sheet, mapping, &spec, &whole, error)) return false;
    *value = whole;
    return true;
}
