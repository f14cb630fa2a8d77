#include "cli/table.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/csv.h"

typedef struct Cell {
    char *text;
    bool number;
} Cell;

struct Table {
    size_t columns, count, capacity;
    char **names;
    Cell *cells;
};

Table *table_create(size_t columns, const char *const *names) {
    Table *table = memory_zeroed(1, sizeof *table);
    table->columns = columns;
    table->names = memory_zeroed(columns, sizeof *table->names);
    for (size_t i = 0; i < columns; i++) table->names[i] = memory_format("%s", names[i]);
    return table;
}

void table_destroy(Table *table) {
    if (!table) return;
    for (size_t i = 0; i < table->columns; i++) free(table->names[i]);
    for (size_t i = 0; i < table->count; i++) free(table->cells[i].text);
    free(table->names);
    free(table->cells);
    free(table);
}

static void table_add(Table *table, char *text, bool number) {
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        Cell *cells = memory_zeroed(table->capacity, sizeof *cells);
        if (table->count) memcpy(cells, table->cells, table->count * sizeof *cells);
        free(table->cells);
        table->cells = cells;
    }
    Cell *cell = &table->cells[table->count++];
    cell->text = text;
    cell->number = number;
}

void table_text(Table *table, const char *text) {
    table_add(table, memory_format("%s", text), false);
}

void table_number(Table *table, const char *format, double value) {
    char text[64] = "";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (isfinite(value)) snprintf(text, sizeof text, format, value);
#pragma GCC diagnostic pop
    table_add(table, memory_format("%s", text), true);
}

size_t table_rows(const Table *table) {
    return table->count / table->columns;
}

static void print_aligned(const Table *table, FILE *out) {
    for (size_t row = 0; row <= table_rows(table); row++) {
        for (size_t column = 0; column < table->columns; column++) {
            size_t width = strlen(table->names[column]);
            for (size_t i = column; i < table->count; i += table->columns) {
                size_t length = strlen(table->cells[i].text);
                if (length > width) width = length;
            }
            const Cell *cell = row ? &table->cells[(row - 1) * table->columns + column] : NULL;
            const char *text = cell ? cell->text : table->names[column];
            bool right = table->count > column && table->cells[column].number;
            if (right) fprintf(out, "%*s", (int)width, text);
            else if (column + 1 < table->columns) fprintf(out, "%-*s", (int)width, text);
            else fputs(text, out);
            fputs(column + 1 < table->columns ? "  " : "\n", out);
        }
    }
}

static void print_csv(const Table *table, FILE *out) {
    for (size_t column = 0; column < table->columns; column++) {
        csv_write_text(out, table->names[column]);
        fputc(column + 1 < table->columns ? ',' : '\n', out);
    }
    for (size_t i = 0; i < table->count; i++) {
        csv_write_text(out, table->cells[i].text);
        fputc((i + 1) % table->columns ? ',' : '\n', out);
    }
}

static json_t *json_cell(const Cell *cell) {
    if (!cell->number) return json_string(cell->text);
    if (!cell->text[0]) return json_null();
    json_t *number = json_loads(cell->text, JSON_DECODE_ANY, NULL);
    return number ? number : json_real(strtod(cell->text, NULL));
}

static void print_json(const Table *table, FILE *out) {
    json_t *list = json_array();
    for (size_t row = 0; row < table_rows(table); row++) {
        json_t *object = json_object();
        for (size_t column = 0; column < table->columns; column++) {
            json_object_set_new(object, table->names[column], json_cell(&table->cells[row * table->columns + column]));
        }
        json_array_append_new(list, object);
    }
    json_dumpf(list, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(list);
}

void table_print(const Table *table, const Options *options, FILE *out) {
    assert(table->count % table->columns == 0);
    if (options->json) print_json(table, out);
    else if (options->csv) print_csv(table, out);
    else print_aligned(table, out);
}
