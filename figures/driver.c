#include "figures/driver.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/csv.h"
#include "core/folder.h"
#include "figures/palette.h"

extern char **environ;

enum { CAPTION_COLUMNS = 132, SAID_SIZE = 512 };

// ---- tables --------------------------------------------------------------------------------------------------------------

// The cells are kept as the CSV text that they become.
struct FigureTable {
    char *name, *text;
    size_t text_size;
    FILE *stream;    // memory stream behind `text`
    size_t columns, cells;
};

FigureTable *figure_table_create(const char *name, size_t columns, const char *const *names) {
    FigureTable *table = memory_zeroed(1, sizeof *table);
    table->name = memory_format("%s", name);
    table->columns = columns;
    table->stream = open_memstream(&table->text, &table->text_size);
    assert(table->stream);
    for (size_t i = 0; i < columns; i++) fprintf(table->stream, "%s%s", i ? "," : "", names[i]);
    fputc('\n', table->stream);
    return table;
}

void figure_table_destroy(FigureTable *table) {
    if (!table) return;
    fclose(table->stream);
    free(table->text);
    free(table->name);
    free(table);
}

static void cell_end(FigureTable *table) {
    table->cells++;
    fputc(table->cells % table->columns == 0 ? '\n' : ',', table->stream);
}

void figure_table_text(FigureTable *table, const char *text) {
    csv_write_text(table->stream, text);
    cell_end(table);
}

void figure_table_number(FigureTable *table, double value) {
    if (isfinite(value)) {
        fprintf(table->stream, "%.9g", value == 0 ? 0.0 : value);    // no "-0"
    } else {
        fputs("NaN", table->stream);
    }
    cell_end(table);
}

void figure_table_break(FigureTable *table) {
    assert(table->cells % table->columns == 0);
    fputc('\n', table->stream);
}

// ---- figures -------------------------------------------------------------------------------------------------------------

struct Figure {
    char *scripts, *script, *variables;
    size_t variables_size;
    FILE *stream;    // memory stream behind `variables`: gnuplot assignments
    double width, height;
    FigureTable **tables;
    size_t table_count;
    char **texts;    // name, text, name, text, ...
    size_t text_count;
};

// gnuplot's double-quoted strings know backslash escapes; a caption's line breaks become "\n".
static void write_quoted(FILE *file, const char *text) {
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '\n') {
            fputs("\\n", file);
        } else {
            if (*text == '"' || *text == '\\') fputc('\\', file);
            fputc(*text, file);
        }
    }
    fputc('"', file);
}

// Greedy line breaking at spaces, in place: the space before the word that would pass the limit becomes a line break. Counts
// characters, not bytes. Returns the number of lines.
static int wrap(char *text, int limit) {
    int lines = 1, column = 0;
    char *space = NULL;
    int since_space = 0;
    for (char *at = text; *at; at++) {
        if (((unsigned char)*at & 0xC0) == 0x80) continue;    // inside a UTF-8 character
        column++;
        since_space++;
        if (*at == '\n') {
            lines++;
            column = 0;
            space = NULL;
        } else if (*at == ' ') {
            space = at;
            since_space = 0;
        }
        if (column > limit && space) {
            *space = '\n';
            lines++;
            column = since_space;
            space = NULL;
        }
    }
    return lines;
}

Figure *figure_create(const char *scripts, const char *script, const char *caption, double width, double height) {
    Figure *figure = memory_zeroed(1, sizeof *figure);
    figure->scripts = memory_format("%s", scripts);
    figure->script = memory_format("%s", script);
    figure->stream = open_memstream(&figure->variables, &figure->variables_size);
    assert(figure->stream);
    char *text = memory_format("%s", caption);
    int lines = wrap(text, (int)(CAPTION_COLUMNS * (width - 0.2) / (6.75 - 0.2)));
    figure->width = width;
    figure->height = height + 0.118 * lines;
    figure_number(figure, "WIDTH", figure->width);
    figure_number(figure, "HEIGHT", figure->height);
    figure_string(figure, "CAPTION", text);
    figure_number(figure, "CAPTION_LINES", lines);
    free(text);
    return figure;
}

void figure_destroy(Figure *figure) {
    if (!figure) return;
    for (size_t i = 0; i < figure->table_count; i++) figure_table_destroy(figure->tables[i]);
    free(figure->tables);
    for (size_t i = 0; i < 2 * figure->text_count; i++) free(figure->texts[i]);
    free(figure->texts);
    fclose(figure->stream);
    free(figure->variables);
    free(figure->script);
    free(figure->scripts);
    free(figure);
}

void figure_number(Figure *figure, const char *name, double value) {
    if (isfinite(value)) {
        fprintf(figure->stream, "%s = %.9g\n", name, value);
    } else {
        fprintf(figure->stream, "%s = NaN\n", name);
    }
}

void figure_string(Figure *figure, const char *name, const char *value) {
    fprintf(figure->stream, "%s = ", name);
    write_quoted(figure->stream, value);
    fputc('\n', figure->stream);
}

void figure_strings(Figure *figure, const char *name, size_t count, const char *const *values) {
    assert(count > 0);
    fprintf(figure->stream, "array %s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) {
        if (i) fputs(", ", figure->stream);
        write_quoted(figure->stream, values[i]);
    }
    fputs("]\n", figure->stream);
}

void figure_numbers(Figure *figure, const char *name, size_t count, const double *values) {
    assert(count > 0);
    fprintf(figure->stream, "array %s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", figure->stream);
        if (isfinite(values[i])) {
            fprintf(figure->stream, "%.9g", values[i]);
        } else {
            fputs("NaN", figure->stream);
        }
    }
    fputs("]\n", figure->stream);
}

void figure_integers(Figure *figure, const char *name, size_t count, const int *values) {
    assert(count > 0);
    fprintf(figure->stream, "array %s[%zu] = [", name, count);
    for (size_t i = 0; i < count; i++) fprintf(figure->stream, "%s%d", i ? ", " : "", values[i]);
    fputs("]\n", figure->stream);
}

void figure_add_table(Figure *figure, FigureTable *table) {
    assert(table->cells % table->columns == 0);
    figure->tables = realloc(figure->tables, (figure->table_count + 1) * sizeof *figure->tables);
    assert(figure->tables);
    figure->tables[figure->table_count++] = table;
}

void figure_add_text(Figure *figure, const char *name, char *text) {
    figure->texts = realloc(figure->texts, 2 * (figure->text_count + 1) * sizeof *figure->texts);
    assert(figure->texts);
    figure->texts[2 * figure->text_count] = memory_format("%s", name);
    figure->texts[2 * figure->text_count++ + 1] = text;
}

// ---- folders -------------------------------------------------------------------------------------------------------------

// Removes a folder of plain files.
static void remove_folder(const char *folder) {
    DIR *directory = opendir(folder);
    if (!directory) return;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        unlinkat(dirfd(directory), entry->d_name, 0);    // "." and ".." fail, as they should
    }
    closedir(directory);
    rmdir(folder);
}

// Puts `fresh` in the place of `folder` in one step; what was there is removed afterwards.
static bool exchange_folder(const char *fresh, const char *folder, Error *error) {
    if (rename(fresh, folder) == 0) return true;    // nothing was there, or an empty folder
    bool exchanged = renameat2(AT_FDCWD, fresh, AT_FDCWD, folder, RENAME_EXCHANGE) == 0;
    if (!exchanged && (errno == EINVAL || errno == ENOSYS)) {    // a file system that cannot exchange: two steps
        char *old = memory_format("%s-old", fresh);
        exchanged = rename(folder, old) == 0 && rename(fresh, folder) == 0;
        if (exchanged) remove_folder(old);
        free(old);
    }
    if (!exchanged) {
        error_set(error, "cannot put the figure into %s: %s", folder, strerror(errno));
        remove_folder(fresh);
        return false;
    }
    remove_folder(fresh);
    return true;
}

static FILE *open_in(const char *folder, const char *file, const char *mode, Error *error) {
    char *path = memory_format("%s/%s", folder, file);
    FILE *opened = fopen(path, mode);
    if (!opened) error_set(error, "cannot %s %s: %s", *mode == 'r' ? "read" : "write", path, strerror(errno));
    free(path);
    return opened;
}

static bool close_written(FILE *file, const char *folder, const char *name, Error *error) {
    bool written = !ferror(file);
    if (fclose(file) != 0) written = false;
    return written || error_set(error, "cannot write %s/%s: %s", folder, name, strerror(errno));
}

// ---- what goes into the folder -------------------------------------------------------------------------------------------

static bool write_tables(const Figure *figure, const char *folder, Error *error) {
    for (size_t i = 0; i < figure->table_count; i++) {
        FigureTable *table = figure->tables[i];
        char *name = memory_format("%s.csv", table->name);
        FILE *file = open_in(folder, name, "w", error);
        bool written = file != NULL;
        if (file) {
            fflush(table->stream);
            fwrite(table->text, 1, table->text_size, file);
            written = close_written(file, folder, name, error);
        }
        free(name);
        if (!written) return false;
    }
    return true;
}

static bool write_texts(const Figure *figure, const char *folder, Error *error) {
    for (size_t i = 0; i < figure->text_count; i++) {
        FILE *file = open_in(folder, figure->texts[2 * i], "w", error);
        if (!file) return false;
        fputs(figure->texts[2 * i + 1], file);
        if (!close_written(file, folder, figure->texts[2 * i], error)) return false;
    }
    return true;
}

// The committed scripts travel with the data, so that the folder can be drawn again wherever it is taken.
static bool copy_script(const char *scripts, const char *name, const char *folder, Error *error) {
    FILE *from = open_in(scripts, name, "r", error);
    if (!from) return false;
    FILE *to = open_in(folder, name, "w", error);
    if (to) {
        char bytes[4096];
        for (size_t n = fread(bytes, 1, sizeof bytes, from); n > 0; n = fread(bytes, 1, sizeof bytes, from))
            fwrite(bytes, 1, n, to);
    }
    fclose(from);
    return to && close_written(to, folder, name, error);
}

// One picture: the script is run once for each, because a terminal draws as it goes.
static void write_picture(FILE *file, const char *terminal, double point, const char *output, const char *script) {
    fprintf(file, "\nreset\nPOINT = %.3g\nset terminal %s\nset output \"%s\"\n", point, terminal, output);
    fprintf(file, "load \"common.gp\"\nload \"%s.gp\"\nunset output\n", script);
}

static bool write_main_script(const Figure *figure, const char *folder, Error *error) {
    FILE *file = open_in(folder, "figure.gp", "w", error);
    if (!file) return false;
    fflush(figure->stream);
    fprintf(file, "# Draws figure.pdf, figure.svg and figure.png from the tables in this folder: gnuplot figure.gp\n");
    fwrite(figure->variables, 1, figure->variables_size, file);
    for (size_t i = 0; i < figure->table_count; i++) {
        const char *name = figure->tables[i]->name;
        for (const char *letter = name; *letter; letter++)
            fputc(*letter >= 'a' && *letter <= 'z' ? *letter - 'a' + 'A' : *letter, file);
        fprintf(file, " = \"%s.csv\"\n", name);
    }
    palette_write(file);
    double width = figure->width, height = figure->height;
    char terminal[200];
    snprintf(terminal, sizeof terminal, "pdfcairo size %.4gin, %.4gin font \"Helvetica,8\"", width, height);
    write_picture(file, terminal, 1, "figure.pdf", figure->script);
    snprintf(terminal, sizeof terminal,
             "svg size %.0f, %.0f dynamic font \"Helvetica,8\" fontscale 1.333 linewidth 1.333 background \"white\"",
             96 * width, 96 * height);
    write_picture(file, terminal, 1.8, "figure.svg", figure->script);
    snprintf(terminal, sizeof terminal,
             "pngcairo size %.0f, %.0f font \"Helvetica,8\" fontscale 2.083 linewidth 2.083 pointscale 2.083", 200 * width,
             200 * height);
    write_picture(file, terminal, 1, "figure.png", figure->script);
    return close_written(file, folder, "figure.gp", error);
}

// ---- gnuplot -------------------------------------------------------------------------------------------------------------

// Reads to the end and keeps the beginning.
static void read_said(int descriptor, char said[SAID_SIZE]) {
    size_t used = 0;
    char bytes[256];
    for (ssize_t n = read(descriptor, bytes, sizeof bytes); n > 0; n = read(descriptor, bytes, sizeof bytes)) {
        size_t kept = (size_t)n < SAID_SIZE - 1 - used ? (size_t)n : SAID_SIZE - 1 - used;
        memcpy(said + used, bytes, kept);
        used += kept;
    }
    while (used > 0 && (said[used - 1] == '\n' || said[used - 1] == ' ')) used--;
    said[used] = '\0';
}

// The environment without what steers gnuplot (GNUTERM, GNUPLOT_LIB, ...): owned by the caller, the strings are not.
static char **plain_environment(void) {
    size_t count = 0, kept = 0;
    while (environ && environ[count]) count++;
    char **plain = memory_zeroed(count + 1, sizeof *plain);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "GNUTERM", 7) != 0 && strncmp(environ[i], "GNUPLOT", 7) != 0) plain[kept++] = environ[i];
    }
    return plain;
}

// Starts gnuplot in `folder` without a shell and without the user's settings (-d); its errors go into the pipe.
static int start_gnuplot(const char *folder, int errors, pid_t *child) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    char name[] = "gnuplot", defaults[] = "-d", script[] = "figure.gp";
    char *const arguments[] = {name, defaults, script, NULL};
    char **environment = plain_environment();
    int failure = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environment);
    free(environment);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static bool picture_written(const char *folder, const char *name) {
    char *path = memory_format("%s/%s", folder, name);
    struct stat status;
    bool written = stat(path, &status) == 0 && status.st_size > 0;
    free(path);
    return written;
}

static bool not_found(Error *error) {
    return error_set(error, "gnuplot was not found: install it (Debian: gnuplot-nox)");
}

static bool run_gnuplot(const char *folder, Error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return error_set(error, "cannot start gnuplot: %s", strerror(errno));
    pid_t child = 0;
    int failure = start_gnuplot(folder, ends[1], &child);
    close(ends[1]);
    if (failure) {
        close(ends[0]);
        if (failure != ENOENT) return error_set(error, "cannot start gnuplot: %s", strerror(failure));
        return not_found(error);
    }
    char said[SAID_SIZE];
    read_said(ends[0], said);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status)) return error_set(error, "gnuplot was ended by signal %d: %s", WTERMSIG(status), said);
    if (WEXITSTATUS(status) == 127) return not_found(error);    // where a spawn cannot report it (an emulated vfork)
    if (WEXITSTATUS(status) != 0) return error_set(error, "gnuplot failed: %s", *said ? said : "it said nothing");
    static const char *const pictures[] = {"figure.pdf", "figure.svg", "figure.png"};
    for (size_t i = 0; i < 3; i++) {
        if (!picture_written(folder, pictures[i])) return error_set(error, "gnuplot did not write %s: %s", pictures[i], said);
    }
    return true;
}

static bool fill_folder(const Figure *figure, const char *folder, Error *error) {
    char *script = memory_format("%s.gp", figure->script);
    bool filled = write_tables(figure, folder, error) && write_texts(figure, folder, error) &&
                  write_main_script(figure, folder, error) && copy_script(figure->scripts, script, folder, error) &&
                  copy_script(figure->scripts, "common.gp", folder, error);
    free(script);
    return filled;
}

// gnuplot did not draw: the data stay where the message says, and an earlier figure stays whole.
static bool keep_data(const char *fresh, const char *folder, Error *error) {
    bool drawn_before = picture_written(folder, "figure.svg");
    char *kept = memory_format(drawn_before ? "%s-undrawn" : "%s", folder);
    static const char *const pictures[] = {"figure.pdf", "figure.svg", "figure.png"};
    for (size_t i = 0; i < 3; i++) {
        char *path = memory_format("%s/%s", fresh, pictures[i]);
        unlink(path);    // what gnuplot may have begun
        free(path);
    }
    Error moving;
    bool moved = exchange_folder(fresh, kept, &moving);
    Error said = *error;
    if (moved) {
        error_set(error, "%s\nthe data and the script are in %s", said.message, kept);
    } else {
        error_set(error, "%s\n%s", said.message, moving.message);
    }
    free(kept);
    return false;
}

bool figure_render(const Figure *figure, const char *folder, Error *error) {
    if (!folder_make_parents(folder, error)) return false;
    char *fresh = memory_format("%s.XXXXXX", folder);
    bool done = false;
    if (!mkdtemp(fresh)) {
        error_set(error, "cannot create a folder beside %s: %s", folder, strerror(errno));
    } else if (!fill_folder(figure, fresh, error)) {
        remove_folder(fresh);
    } else {
        mode_t mask = umask(0);
        umask(mask);
        chmod(fresh, 0777 & ~mask);    // mkdtemp makes it private
        done = run_gnuplot(fresh, error) ? exchange_folder(fresh, folder, error) : keep_data(fresh, folder, error);
    }
    if (done) {    // what an earlier failure left is out of date now
        char *undrawn = memory_format("%s-undrawn", folder);
        remove_folder(undrawn);
        free(undrawn);
    }
    free(fresh);
    return done;
}
