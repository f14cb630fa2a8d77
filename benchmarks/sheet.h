// A YAML file as a tree in which every node knows its line and column: a thin layer over libyaml's document interface.
// Every refusal reads "file:line:column: found ..., accepted ...; nearest: ...".
//
// YAML as people write it: mappings, sequences and scalars. Anchors may be repeated by aliases (messages then name the
// place of the anchor); tags ("!!int"), a second document, zero bytes and repeated keys are refused.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "core/error.h"

typedef yaml_node_t SheetNode;
typedef struct Sheet Sheet;

// NULL with a message: unreadable, longer than a megabyte, not UTF-8, empty, or not YAML.
Sheet *sheet_open(const char *path, Error *error);
void sheet_close(Sheet *sheet);
SheetNode *sheet_root(const Sheet *sheet);

// "file:line:column" of a node, owned by the caller.
char *sheet_where(const Sheet *sheet, const SheetNode *node);
// Message at a node; returns false.
bool sheet_refuse(const Sheet *sheet, const SheetNode *node, Error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// "found unknown ROLE 'name', accepted: ...; nearest: ..." at a node; returns false. `names` is NULL-terminated.
bool sheet_refuse_name(const Sheet *sheet, const SheetNode *node, const char *role, const char *const *names, Error *error);
// The node's location before a message that says the rest; returns false.
bool sheet_locate(const Sheet *sheet, const SheetNode *node, Error *error);

const char *sheet_text(const SheetNode *node);    // of a scalar, else NULL
const char *sheet_kind(const SheetNode *node);    // "a list", "a mapping", "a single value", "nothing"
bool sheet_is_mapping(const SheetNode *node);
bool sheet_is_list(const SheetNode *node);
size_t sheet_count(const SheetNode *node);    // entries of a mapping or list
SheetNode *sheet_key(const Sheet *sheet, const SheetNode *mapping, size_t index);
SheetNode *sheet_value(const Sheet *sheet, const SheetNode *mapping, size_t index);
SheetNode *sheet_item(const Sheet *sheet, const SheetNode *list, size_t index);
SheetNode *sheet_find(const Sheet *sheet, const SheetNode *mapping,
                      const char *key);    // the value, or NULL; of what is no mapping, too

enum { SHEET_ENTRIES_MAX = 1000 };    // of one mapping or list

// A list with at least one entry; `role` names them: "values".
bool sheet_check_list(const Sheet *sheet, const SheetNode *node, const char *role, Error *error);
// A mapping with scalar keys, none twice; with `names` (NULL-terminated) none but these. `role` names them: "key of a
// claim".
bool sheet_check_mapping(const Sheet *sheet, const SheetNode *node, const char *role, const char *const *names, Error *error);

// ---- typed entries of a mapping -------------------------------------------------------------------------------------
// Each leaves `value` as it was when the key is absent and not required; a required one is asked for at the mapping.

bool sheet_require(const Sheet *sheet, const SheetNode *mapping, const char *key, const char *accepts, Error *error);
// A copy of non-empty text, owned by the caller.
bool sheet_get_text(const Sheet *sheet, const SheetNode *mapping, const char *key, bool required, char **value, Error *error);
// One of `names`, as an owned copy.
bool sheet_get_choice(const Sheet *sheet, const SheetNode *mapping, const char *key, bool required, const char *const *names,
                      char **value, Error *error);
bool sheet_get_real(const Sheet *sheet, const SheetNode *mapping, const char *key, double low, double high, double *value,
                    Error *error);
bool sheet_get_bool(const Sheet *sheet, const SheetNode *mapping, const char *key, bool *value, Error *error);
// A whole number of at most nine digits.
bool sheet_get_integer(const Sheet *sheet, const SheetNode *mapping, const char *key, int64_t low, int64_t high, int64_t *value,
                       Error *error);
