#include "core/csv.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "core/arena.h"

// All cells lie one after the other in `text`, each closed by a zero byte; `cells` holds where each begins. The
// header is the first `columns` cells, row r the cells from (r + 1) * columns on.
struct CsvTable {
    char *path;
    char *text;
    size_t text_size, text_room;
    size_t *cells;
    size_t cell_count, cell_room;
    size_t *lines;    // of each row, header included
    size_t line_count, line_room;
    int columns;
};

// What the parser's callbacks need to know while a file goes through.
typedef struct CsvReading {
    CsvTable *table;
    Error *error;
    size_t line;        // the line being fed
    size_t row_line;    // where the row being read began
    int row_cells;      // how many cells it has so far
    bool row_ended;     // the last character fed closed a row
    bool failed;
} CsvReading;

static void *grown(void *data, size_t count, size_t *room, size_t size) {
    if (count <= *room) return data;
    size_t larger = *room ? 2 * *room : 256;
    while (larger < count) larger *= 2;
    void *moved = realloc(data, larger * size);
    if (!moved) {
        fprintf(stderr, "engram: out of memory while reading a CSV table\n");
        exit(2);
    }
    *room = larger;
    return moved;
}

static void reading_fail(CsvReading *reading, size_t line, const char *what) {
    if (reading->failed) return;
    reading->failed = true;
    error_set(reading->error, "%s:%zu: %s", reading->table->path, line, what);
}

static void on_cell(void *text, size_t length, void *context) {
    CsvReading *reading = context;
    CsvTable *table = reading->table;
    if (memchr(text, '\0', length)) reading_fail(reading, reading->line, "a zero byte; this is not a text file");
    table->text = grown(table->text, table->text_size + length + 1, &table->text_room, 1);
    table->cells = grown(table->cells, table->cell_count + 1, &table->cell_room, sizeof *table->cells);
    table->cells[table->cell_count++] = table->text_size;
    memcpy(table->text + table->text_size, text, length);
    table->text[table->text_size + length] = '\0';
    table->text_size += length + 1;
    reading->row_cells++;
}

// Called at every unquoted line end (a blank line has no cells) and at the end of a last line without one.
static void on_row(int character, void *context) {
    (void)character;
    CsvReading *reading = context;
    CsvTable *table = reading->table;
    int cells = reading->row_cells;
    reading->row_cells = 0;
    reading->row_ended = true;
    if (cells == 0) return;
    if (table->line_count == 0) table->columns = cells;
    if (cells != table->columns) {
        char what[128];
        snprintf(what, sizeof what, "%d cell%s; the header names %d column%s, and every row needs as many", cells,
                 cells == 1 ? "" : "s", table->columns, table->columns == 1 ? "" : "s");
        reading_fail(reading, reading->row_line, what);
    }
    table->lines = grown(table->lines, table->line_count + 1, &table->line_room, sizeof *table->lines);
    table->lines[table->line_count++] = reading->row_line;
}

// Feeds one line at a time, so that every row is known by the line it begins on (a quoted cell may span several).
static void feed_lines(CsvReading *reading, struct csv_parser *parser, FILE *file) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while (!reading->failed && (length = getline(&line, &room, file)) >= 0) {
        const char *start = line;
        size_t count = (size_t)length;
        reading->line++;
        if (reading->line == 1 && count >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0) start += 3, count -= 3;
        if (reading->row_ended) reading->row_line = reading->line;
        reading->row_ended = false;
        if (csv_parse(parser, start, count, on_cell, on_row, reading) == count) continue;
        reading_fail(reading, reading->line,
                     "malformed CSV: a cell with quotes must be quoted as a whole, quotes inside it doubled");
    }
    int failure = errno;
    free(line);
    if (reading->failed) return;
    if (ferror(file)) {
        reading->failed = true;
        error_set(reading->error, "%s: cannot be read: %s", reading->table->path, strerror(failure));
    } else if (csv_fini(parser, on_cell, on_row, reading) != 0) {
        reading_fail(reading, reading->row_line, "malformed CSV: the quoted cell that begins in this row is never closed");
    }
}

static bool header_check(const CsvTable *table, Error *error) {
    if (table->line_count == 0) {
        return error_set(error, "%s:1: the file is empty; the first line must name the columns", table->path);
    }
    for (int i = 0; i < table->columns; i++) {
        const char *name = csv_name(table, i);
        if (*name && csv_column(table, name) != i) {
            return error_set(error, "%s:%zu: the header names the column \"%s\" twice", table->path, table->lines[0], name);
        }
    }
    return true;
}

static bool table_fill(CsvTable *table, FILE *file, Error *error) {
    struct csv_parser parser;
    const unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL;
    if (csv_init(&parser, options) != 0) return error_set(error, "%s: the CSV parser cannot start", table->path);
    CsvReading reading = {.table = table, .error = error, .row_ended = true};
    feed_lines(&reading, &parser, file);
    csv_free(&parser);
    return !reading.failed && header_check(table, error);
}

CsvTable *csv_read(const char *path, Error *error) {
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "r");
    if (!file) {
        error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    CsvTable *table = memory_zeroed(1, sizeof *table);
    table->path = memory_format("%s", standard ? "standard input" : path);
    bool read = table_fill(table, file, error);
    if (!standard) fclose(file);
    if (read) return table;
    csv_destroy(table);
    return NULL;
}

void csv_destroy(CsvTable *table) {
    if (!table) return;
    free(table->path);
    free(table->text);
    free(table->cells);
    free(table->lines);
    free(table);
}

size_t csv_rows(const CsvTable *table) {
    return table->line_count - 1;
}
int csv_columns(const CsvTable *table) {
    return table->columns;
}
const char *csv_path(const CsvTable *table) {
    return table->path;
}

const char *csv_name(const CsvTable *table, int column) {
    assert(column >= 0 && column < table->columns);
    return table->text + table->cells[column];
}

int csv_column(const CsvTable *table, const char *name) {
    for (int i = 0; i < table->columns; i++) {
        if (strcmp(csv_name(table, i), name) == 0) return i;
    }
    return -1;
}

bool csv_require(const CsvTable *table, const char *name, int *column, Error *error) {
    *column = csv_column(table, name);
    if (*column >= 0) return true;
    const char **names = memory_zeroed((size_t)table->columns, sizeof *names);
    for (int i = 0; i < table->columns; i++) names[i] = csv_name(table, i);
    const char *nearest = error_nearest(name, names, (size_t)table->columns);
    error_set(error, "%s:%zu: no column \"%s\" in the header%s%s%s", table->path, table->lines[0], name,
              nearest ? "; the nearest is \"" : "", nearest ? nearest : "", nearest ? "\"" : "");
    free(names);
    return false;
}

size_t csv_line(const CsvTable *table, size_t row) {
    assert(row < csv_rows(table));
    return table->lines[row + 1];
}

const char *csv_text(const CsvTable *table, size_t row, int column) {
    assert(row < csv_rows(table) && column >= 0 && column < table->columns);
    return table->text + table->cells[(row + 1) * (size_t)table->columns + (size_t)column];
}

// Decimal only: strtod alone would also take "nan", "inf" and "0x1p3".
static bool decimal(const char *text, double *out) {
    if (!*text || text[strspn(text, "+-.0123456789eE")]) return false;
    char *end;
    *out = strtod(text, &end);
    return !*end && isfinite(*out);
}

bool csv_number(const CsvTable *table, size_t row, int column, double *out, Error *error) {
    const char *text = csv_text(table, row, column);
    if (decimal(text, out)) return true;
    return error_set(error, "%s:%zu: %s is \"%s\"; a finite decimal number would be accepted", table->path,
                     csv_line(table, row), csv_name(table, column), text);
}

bool csv_integer(const CsvTable *table, size_t row, int column, long low, long high, long *out, Error *error) {
    const char *text = csv_text(table, row, column);
    double value;
    if (decimal(text, &value) && value >= (double)low && value <= (double)high && value == floor(value)) {
        *out = (long)value;
        return true;
    }
    return error_set(error, "%s:%zu: %s is \"%s\"; a whole number from %ld to %ld would be accepted", table->path,
                     csv_line(table, row), csv_name(table, column), text, low, high);
}

void csv_write_text(FILE *file, const char *text) {
    size_t length = strlen(text);
    bool spaced = length && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1]));
    if (spaced || text[strcspn(text, ",\"\r\n")]) {
        csv_fwrite(file, text, length);
    } else {
        fputs(text, file);
    }
}
